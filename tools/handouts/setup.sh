#!/bin/bash
# Gradescope runs this once, as root, when it makes the image in which submissions are graded: it fetches all that
# the grader needs. There is no KVM, so that is a small virtual machine as well.
set -euo pipefail
cd "$(dirname "$(realpath "${BASH_SOURCE[0]}")")"

# Ubuntu 22.04 has bats 1.2, which is too old, and no libraries for it. Those of 24.04 are scripts and need nothing else.
newer_bats() {
        local mirror

        # shellcheck disable=SC2016 # that is for apt-get
        mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Codename: jammy' | head -n 1)
        echo "deb $mirror noble universe" >/etc/apt/sources.list.d/noble.list
        printf 'Package: *\nPin: release n=noble\nPin-Priority: -1\n\nPackage: bats bats-support bats-assert\nPin: release n=noble\nPin-Priority: 990\n' \
                >/etc/apt/preferences.d/noble
        apt-get -qq update
}

apt-get -qq update
! grep -q '^VERSION_CODENAME=jammy' /etc/os-release || newer_bats
minikvm/tools/setup build grade vm
minikvm/tools/setup sandbox || true            # without it programs are built in the VM
XDG_CACHE_HOME=${XDG_CACHE_HOME:-$PWD/cache} minikvm/tools/vm/cache
