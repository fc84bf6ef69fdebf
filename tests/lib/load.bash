# What every test file loads first: `load lib/load`. Finds bats' helper libraries where the
# distributions put them, and reads their parts directly: their own load.bash starts some thirty
# processes for every test, which costs a second in the VM.
bats_require_minimum_version 1.5.0

for library in bats-support bats-assert; do
        for folder in /usr/lib/bats /usr/lib /usr/share/bats /usr/share; do
                [[ -d $folder/$library/src ]] || continue
                for part in "$folder/$library"/src/*.bash; do
                        # shellcheck disable=SC1090
                        source "$part"
                done
                break
        done
done
unset library folder part
