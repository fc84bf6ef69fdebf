/* elf.c - ELF files of 32-bit guests: every field is checked before it is used. */
#include "minikvm.h"
#include "x86.h"

#include <elf.h>

enum { SEGMENTS_MAX = 64 };

static Elf32_Phdr program_header(const struct image *image, const Elf32_Ehdr *header, int i)
{
        Elf32_Phdr segment;

        memcpy(&segment, image->bytes + header->e_phoff + i * sizeof(segment), sizeof(segment));
        return segment;
}

/* The sums are of 64 bits, in which two 32-bit numbers cannot overflow. */
static const char *header_problem(const struct image *image, const Elf32_Ehdr *header)
{
        if (image->size < sizeof(*header))
                return "the ELF header is cut off";
        if (header->e_ident[EI_CLASS] != ELFCLASS32 || header->e_ident[EI_DATA] != ELFDATA2LSB ||
            header->e_machine != EM_386)
                return "this ELF file is not for a 32-bit x86 CPU";
        if (header->e_type != ET_EXEC)
                return "this ELF file is not linked to a fixed address: use -static -no-pie";
        if (header->e_phentsize != sizeof(Elf32_Phdr) || header->e_phnum > SEGMENTS_MAX)
                return "the ELF program headers have a wrong size, or there are more than 64";
        if (header->e_phoff + header->e_phnum * (uint64_t)sizeof(Elf32_Phdr) > image->size)
                return "the ELF program headers reach beyond the end of the file";
        return NULL;
}

static bool overlap(uint64_t a, uint64_t a_size, uint64_t b, uint64_t b_size)
{
        return a < b + b_size && b < a + a_size;
}

static const char *segment_problem(const struct image *image, const Elf32_Ehdr *header,
                                   const Elf32_Phdr *segment)
{
        if (segment->p_filesz > segment->p_memsz)
                return "an ELF segment has more bytes in the file than in memory";
        if ((uint64_t)segment->p_offset + segment->p_filesz > image->size)
                return "an ELF segment reaches beyond the end of the file";
        if ((uint64_t)segment->p_paddr + segment->p_memsz > PROTECTED_MODE_RAM)
                return "an ELF segment lies outside the guest's 32 MiB of memory";
        if (overlap(segment->p_paddr, segment->p_memsz, GDT_ADDR, GDT_SIZE))
                return "an ELF segment overlaps the descriptor table at 0x500";
        if (header->e_entry >= KERNEL_BASE &&
            overlap(segment->p_paddr, segment->p_memsz, PAGE_DIRECTORY, PAGE_SIZE_4K))
                return "an ELF segment overlaps the page directory at 0x1000";
        return NULL;
}

/* Does segment i lie on one that came before it? */
static bool overlaps_another(const struct image *image, const Elf32_Ehdr *header, int i)
{
        Elf32_Phdr segment = program_header(image, header, i);

        while (i-- > 0) {
                Elf32_Phdr other = program_header(image, header, i);
                if (other.p_type == PT_LOAD && other.p_memsz > 0 &&
                    overlap(segment.p_paddr, segment.p_memsz, other.p_paddr, other.p_memsz))
                        return true;
        }
        return false;
}

/* Puts the segments into guest memory, which is all zeros before: .bss needs no more. */
static const char *load_segments(struct guest *guest, const struct image *image,
                                 const Elf32_Ehdr *header)
{
        bool has_entry = false;
        uint32_t entry = header->e_entry % KERNEL_BASE;         /* as a physical address */

        guest->entry = header->e_entry;
        for (int i = 0; i < header->e_phnum; i++) {
                Elf32_Phdr segment = program_header(image, header, i);
                if (segment.p_type != PT_LOAD || (!segment.p_memsz && !segment.p_filesz))
                        continue;
                const char *problem = segment_problem(image, header, &segment);
                if (problem)
                        return problem;
                if (overlaps_another(image, header, i))
                        return "two ELF segments overlap";
                memcpy(guest->vm.mem + segment.p_paddr, image->bytes + segment.p_offset,
                       segment.p_filesz);
                has_entry |= overlap(entry, 1, segment.p_paddr, segment.p_memsz);
        }
        return has_entry ? NULL : "the ELF entry point is not in a loaded segment";
}

bool elf_load(struct guest *guest, const char *path, const struct image *image)
{
        const Elf32_Ehdr *header = (const Elf32_Ehdr *)image->bytes;
        const char *problem = header_problem(image, header);

        if (!problem)
                problem = load_segments(guest, image, header);
        return !problem || refuse(path, problem);
}
