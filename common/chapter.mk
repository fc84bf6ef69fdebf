# How every chapter is built. The program is small: one call of the compiler builds all of it.
#
#   make                     ./minikvm, and the guests this chapter runs
#   make CC=clang            with another compiler
#   make STATIC=0            with the shared libc (static is the default where libc.a is there)
#   make SANITIZE=address,undefined   with sanitizers (and the shared libc, which they need)
#   make BUILD=/tmp/x        puts the program into /tmp/x
#   make shell-vm            a shell in a VM that has KVM, in this folder
#   make clean

ifeq ($(origin CC),default)
CC := cc
endif
BUILD ?= .
CFLAGS ?= -O2 -g
WARNINGS := -std=gnu11 -Wall -Wextra -Werror
HARDENING := -fPIE -fstack-clash-protection -fstack-protector-strong
SANDBOX := $(if $(SANITIZE),0,1)
DEFINES := -D_GNU_SOURCE -DCHAPTER='"$(notdir $(CURDIR))"' -I$(COMMON) \
        -DSANDBOX=$(SANDBOX)
STATIC ?= $(if $(SANITIZE),0,$(if $(filter /%,$(shell $(CC) -print-file-name=libc.a)),1,0))

ifeq ($(STATIC),1)
LINK := $(if $(filter /%,$(shell $(CC) -print-file-name=rcrt1.o)),-static-pie,-static)
else
LINK := -pie
endif
ifdef SANITIZE
INSTRUMENT := -fsanitize=$(SANITIZE) -fno-sanitize-recover=undefined -fno-omit-frame-pointer
endif

.PHONY: all guests shell-vm clean
all: $(BUILD)/minikvm guests

$(BUILD)/minikvm: $(wildcard *.c *.h) $(wildcard $(COMMON)/*.h) Makefile $(COMMON)/chapter.mk
	@mkdir -p $(BUILD)
	$(CC) $(WARNINGS) $(DEFINES) $(HARDENING) $(CFLAGS) $(INSTRUMENT) $(LINK) -pthread -o $@ $(filter %.c,$^)

guests:
	@for kind in $(GUESTS); do $(MAKE) --no-print-directory -C $(COMMON)/../guests/$$kind || exit; done

shell-vm:
	@$(COMMON)/../tools/vm/run bash --rcfile $(COMMON)/../tools/vm/bashrc

clean:
	rm -f $(BUILD)/minikvm
