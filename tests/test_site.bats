# The book's other forms: a web site, looked at with a browser; an EPUB; a PDF.
# bats file_tags=needs:host
load lib/load

# All three are made of a copy, so that what is in build/ stays what it is.
setup_file() {
        export copy=$BATS_FILE_TMPDIR/copy

        cd "$BATS_TEST_DIRNAME/.." || return
        git clone -q . "$copy"
        git ls-files -z README.md book tools tests/site | xargs -0 cp --parents -t "$copy"
        cd "$copy" || return
        for form in site epub pdf; do
                timeout 300 tools/site/build "$form" || return
        done
}

setup() { cd "$copy" || return; }

@test "every link of the site leads somewhere, and nothing comes from another host" {
        run tests/site/links.py build/site
        assert_success
        assert_output --regexp '^[0-9]+ pages$'
}

@test "a link that leads nowhere is found" {
        cp -r build/site broken
        sed -i 's/href="03-port-io.html"/href="03-pork.html"/; s/id="main"/id="other"/; s|src="site.js"|src="https://example.org/site.js"|' broken/02-one-byte-guest.html
        run tests/site/links.py broken
        assert_failure 1
        assert_line '02-one-byte-guest.html: there is no 03-pork.html'
        assert_line '02-one-byte-guest.html: there is no anchor #main'
        assert_line '02-one-byte-guest.html: asks another host for https://example.org/site.js'
}

@test "the site has a page for each entry of the summary" {
        mapfile -t pages < <(sed -n 's/^- \[.*\](\(..*\)\.md)$/\1/p' book/SUMMARY.md)
        assert_equal "${#pages[@]}" "$(grep -c '^- ' book/SUMMARY.md)"
        for page in "${pages[@]}"; do
                assert [ -s "build/site/$page.html" ]
        done
}

# Ubuntu has Chromium as a snap only, which cannot be started like this.
@test "a browser shows it, on a phone and on a desktop, light and dark, and the search finds" {
        command -v chromedriver >/dev/null || skip "this system has no package chromium-driver"
        run /usr/bin/python3 tests/site/browse.py build/site 360-light 360-dark 1280-light 1280-dark
        assert_output 'nothing is wrong'
        assert_success
}

@test "the browser's tests see what is wrong" {
        command -v chromedriver >/dev/null || skip "this system has no package chromium-driver"
        rm -rf broken
        cp -r build/site broken
        cat >>broken/site.css <<<'h1 { width: 1500px; } .diff .del { background: var(--add); } '
        echo 'const sections = [];' >broken/search.js
        echo 'console.error("a mistake");' >>broken/site.js
        run /usr/bin/python3 tests/site/browse.py broken 360-dark 1280-light
        assert_failure 1
        assert_line --partial 'index, 1280-light: scrolls sideways: '
        assert_line --partial '04-hypercalls, 360-dark: does not tell added from removed lines'
        assert_line --partial '1280-light: the search for a page directory finds []'
        assert_line --partial 'the console says: '
}

@test "the pictures in README show what the programs print" {
        cd "$BATS_TEST_DIRNAME/.."
        run bash -c 'tools/pictures --check 2>/dev/null'        # a VM that is made first says so
        assert_output ''
        assert_success
}

@test "a picture that shows something else is found" {
        cd "$BATS_TEST_DIRNAME/.."
        mkdir "$BATS_TEST_TMPDIR/images"
        cp book/images/four-guests.svg book/images/1k-os.svg "$BATS_TEST_TMPDIR/images"
        sed -i 's/Hello/Hullo/' "$BATS_TEST_TMPDIR/images/four-guests.svg"
        run bash -c 'tools/pictures --check "$1" 2>/dev/null' - "$BATS_TEST_TMPDIR/images"
        assert_failure 1
        assert_output 'four-guests.svg does not show what its command prints: make pictures'
}

@test "epubcheck finds nothing in the EPUB" {
        run java -jar /usr/share/java/epubcheck.jar build/mini-kvm.epub
        assert_success
        assert_output --partial 'No errors or warnings detected'
}

@test "the PDF has the book's first sentence and its last, and page numbers" {
        first=$(sed -n '/^[A-Z]/ { p; q; }' book/before-you-start.md)
        last=$(tac book/glossary.md | sed '/^- /q' | tac | paste -s -d ' ' |
                sed 's/\[\([^]]*\)\]([^)]*)/\1/g; s/[*`]//g; s/^- //' | tr -s ' ')
        assert [ "${#first}" -gt 20 -a "${#last}" -gt 60 ]
        pdftotext build/mini-kvm.pdf text
        run tr -s ' \n\f' ' ' <text
        assert_output --partial "$first"
        assert_output --partial "$last"
        pdftotext -f 3 -l 3 build/mini-kvm.pdf text
        run cat text
        assert_line 3
}

@test "the same commit makes the same site, EPUB and PDF" {
        find build/site build/mini-kvm.* -type f -exec sha256sum {} + | sort >before
        for form in site epub pdf; do
                tools/site/build "$form"
        done
        find build/site build/mini-kvm.* -type f -exec sha256sum {} + | sort >after
        run diff before after
        assert_success
}
