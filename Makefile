# `make` alone lists what there is to do.
.PHONY: help demo test bench check-book build setup os shell-vm fuzz clean
.PHONY: grade grade-all grade-check handout autograder check exercises mutants site site-serve epub pdf pictures
.DEFAULT_GOAL := help

CHAPTERS := $(patsubst %/Makefile,%,$(sort $(wildcard chapters/*/Makefile)))
GUESTS := $(patsubst %/Makefile,%,$(sort $(wildcard guests/*/Makefile)))
OS := chapters/09-protected-mode-os/minikvm guests/os1k/os1k.elf
.PHONY: $(CHAPTERS) $(GUESTS)

help:
	@echo 'Mini-KVM: nine small hypervisors, each one feature further than the last.'
	@echo
	@echo '  make demo        see the guests run'
	@echo '  make test        run all tests; TESTS=03 or FILTER=REGEX for some'
	@echo '  make check       test what you have written, and compare it with ours: CHAPTER=05 DIR=mine/05-multi-vcpu'
	@echo '  make grade       grade a program of a student'\''s: CHAPTER=05 DIR=FOLDER'
	@echo '  make grade-all   grade a class, a folder each: CHAPTER=05 DIR=FOLDER'
	@echo '  make grade-check see that right programs, wrong ones and cheats get their scores'
	@echo '  make handout     what students get for a task: CHAPTER=05 [EXERCISE=lines] [VARIANT=7] [DIR=FOLDER]'
	@echo '  make autograder  a zip file for Gradescope: CHAPTER=05 [EXERCISE=lines] [VARIANT=7] [DIR=FOLDER]'
	@echo '  make build       build every chapter and every guest'
	@echo '  make os          start 1K OS, the operating system of chapter 09'
	@echo '  make shell-vm    a shell in a VM that has KVM, for machines that have none'
	@echo '  make bench       measure Mini-KVM beside QEMU, for book/results.md; QUICK=1 only tries'
	@echo '  make check-book  prove what the book prints; PAGES=02 for one chapter'
	@echo '  make site        the book as a web site in build/site; site-serve shows it'
	@echo '  make epub pdf    the book for e-readers and on paper, in build/'
	@echo '  make pictures    draw the terminals in README.md again, from real runs'
	@echo '  make exercises   prove the exercises: the start, the solution, wrong solutions'
	@echo '  make mutants     try programs that are wrong on purpose: each must lose its test'
	@echo '  make fuzz        start 1,000 guests that nobody would write; RUNS=N, SEED=N'
	@echo '  make clean       remove what was built'
	@echo
	@echo 'demo, test and os look whether this machine has KVM, and use that VM where it does not.'
	@echo 'VENUE=host or VENUE=vm chooses for them. book/ tells the story.'

demo: build
	@tools/demo

test:
	@tests/run $(TESTS)

check:
	@tools/check "$(CHAPTER)" "$(DIR)"

TASK = $(CHAPTER)$(if $(EXERCISE),/$(EXERCISE))
GRADE = tools/grade $(if $(SEED),--seed $(SEED)) $(if $(VARIANT),--variant $(VARIANT))

grade:
	@tools/setup build grade vm
	@$(GRADE) -- "$(TASK)" "$(DIR)"

grade-all:
	@tools/setup build grade vm
	@$(GRADE) --all -- "$(TASK)" "$(DIR)"

grade-check:
	@tools/setup build grade vm
	@tools/grading/check

handout:
	@tools/setup handout
	@tools/handout $(if $(VARIANT),--variant $(VARIANT)) "$(TASK)" $(if $(DIR),"$(DIR)")

autograder:
	@tools/setup autograder
	@tools/handout --gradescope $(if $(VARIANT),--variant $(VARIANT)) "$(TASK)" $(if $(DIR),"$(DIR)")

bench:
	@tools/bench/run $(if $(QUICK),--quick)

check-book:
	@tools/setup build book
	@tools/book-check $(PAGES)

os: build
	@venue=$$(tools/probe); echo "$$venue"; \
	case $$venue in "KVM here: full"*) $(OS) ;; *) tools/vm/run $(OS) ;; esac

shell-vm:
	@tools/vm/run bash --rcfile tools/vm/bashrc

build: $(CHAPTERS) $(GUESTS)

setup:
	@tools/setup build

# Guests first, so that two chapters that want the same guest do not build it at the same time.
$(GUESTS): setup
	@$(MAKE) -s -C $@

$(CHAPTERS): $(GUESTS)
	@$(MAKE) -s -C $@

site epub pdf:
	@tools/setup site
	@tools/site/build $@

pictures: build
	@tools/pictures

site-serve: site
	@echo 'http://localhost:8000 - end with Ctrl-C'
	@python3 -m http.server -b localhost -d build/site 8000

exercises:
	@tools/setup build test
	@tools/exercises $(EXERCISE)

mutants:
	@tools/setup build test
	@tools/mutants $(if $(SAMPLE),--sample $(SAMPLE)) $(MUTANTS)

fuzz:
	@tests/fuzz/run

clean:
	@for folder in $(CHAPTERS) $(GUESTS); do $(MAKE) -s -C $$folder clean || exit; done
	rm -rf build
