/*
 * fuzz-elf.c - the loader and its ELF reader, called by libFuzzer with files that it makes up.
 *
 * Whatever is in the file: nothing is read beyond it or written outside the guest's RAM, what is
 * refused gets a message, and what is taken lies in RAM as its program headers say.
 */
#include "minikvm.h"
#include "x86.h"

#include <elf.h>
#include <stdlib.h>
#include <sys/mman.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
void *loader_malloc(size_t size);

#define CHECK(truth) ((truth) ? (void)0 : abort())

/* The loader is compiled to call this for the file's bytes: 32 MiB a time would take too long. */
void *loader_malloc(size_t size)
{
        static uint8_t bytes[PROTECTED_MODE_RAM + 1] __attribute__((aligned(16)));

        CHECK(size <= sizeof(bytes));
        return bytes;
}

/* RAM with a page on both sides that nobody may touch. */
static uint8_t *make_ram(void)
{
        uint8_t *all = mmap(NULL, PROTECTED_MODE_RAM + 2 * PAGE_SIZE_4K, PROT_NONE,
                            MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

        CHECK(all != MAP_FAILED);
        CHECK(mprotect(all + PAGE_SIZE_4K, PROTECTED_MODE_RAM, PROT_READ | PROT_WRITE) == 0);
        return all + PAGE_SIZE_4K;
}

/* A file with this data; its path. */
static const char *make_file(const uint8_t *data, size_t size)
{
        static char path[64];
        static int fd = -1;

        if (fd < 0)
                fd = memfd_create("image", 0);
        snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
        CHECK(ftruncate(fd, 0) == 0 && pwrite(fd, data, size, 0) == (ssize_t)size);
        return path;
}

static void check_placed(const struct guest *guest, const struct image *image)
{
        const Elf32_Ehdr *header = (const Elf32_Ehdr *)image->bytes;
        bool entry_found = false;

        CHECK(guest->entry == header->e_entry && header->e_machine == EM_386);
        for (int i = 0; i < header->e_phnum; i++) {
                Elf32_Phdr s;
                memcpy(&s, image->bytes + header->e_phoff + i * sizeof(s), sizeof(s));
                if (s.p_type != PT_LOAD || (s.p_memsz == 0 && s.p_filesz == 0))
                        continue;
                CHECK(s.p_filesz <= s.p_memsz && s.p_filesz <= image->size);
                CHECK(memcmp(guest->vm.mem + s.p_paddr, image->bytes + s.p_offset, s.p_filesz) ==
                      0);
                entry_found |= (guest->entry & 0x7FFFFFFF) - (uint64_t)s.p_paddr < s.p_memsz;
        }
        CHECK(entry_found);
}

/* In memory of exactly its size, where reading beyond it is noticed. */
static void place(struct guest *guest, const struct image *image)
{
        struct image exact = {.bytes = malloc(image->size), .size = image->size};

        CHECK(exact.bytes);
        exact.is_elf = image->is_elf;
        memcpy(exact.bytes, image->bytes, image->size);
        if (loader_place(guest, "image", &exact) && exact.is_elf)
                check_placed(guest, &exact);
        free(exact.bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        static uint8_t *ram;
        struct image image;

        if (!ram)
                ram = make_ram();
        struct guest guest = {.vm = {.mem = ram, .mem_size = PROTECTED_MODE_RAM}};
        if (loader_read(make_file(data, size), &image)) {
                CHECK(image.size == size && memcmp(image.bytes, data, size) == 0);
                place(&guest, &image);
        }
        return 0;
}
