/* loader.c - a guest's image: from the file into the guest's memory. */
#include "minikvm.h"

#include <elf.h>

/* Tells the kinds of guest apart, and refuses what is neither. */
static bool check_kind(const char *path, struct image *image)
{
        bool is_elf = image->size > EI_CLASS && memcmp(image->bytes, ELFMAG, SELFMAG) == 0;

        if (image->size == 0)
                return refuse(path, "the file is empty");
        if (image->size >= 2 && memcmp(image->bytes, "#!", 2) == 0)
                return refuse(path, "this is a script, not a guest");
        if (is_elf && image->bytes[EI_CLASS] == ELFCLASS64)
                return refuse(path, "this is a 64-bit ELF file: guests are 32-bit or 16-bit");
        if (!is_elf && image->size > REAL_MODE_IMAGE_MAX)
                return refuse(path, "the file is too large: an image has at most 65280 bytes");
        if (image->size > PROTECTED_MODE_RAM)
                return refuse(path, "the file is too large: 32 MiB is the most");
        image->is_elf = is_elf;
        return true;
}

/* Reads all of the file: how much memory the guest gets depends on what is in it. */
bool loader_read(const char *path, struct image *image)
{
        size_t max = PROTECTED_MODE_RAM + 1;    /* one byte more shows that a file is too large */
        FILE *file = fopen(path, "re");
        if (!file)
                return refuse(path, strerror(errno));

        image->bytes = malloc(max);             /* only what is read will be real memory */
        if (image->bytes)
                image->size = fread(image->bytes, 1, max, file);
        bool ok = !image->bytes || ferror(file) ? refuse(path, strerror(errno)) :
                  check_kind(path, image);
        fclose(file);
        return ok;
}

bool loader_place(struct guest *guest, const char *path, const struct image *image)
{
        if (image->is_elf)
                return elf_load(guest, path, image);
        memcpy(guest->vm.mem + REAL_MODE_SEGMENT * 16, image->bytes, image->size);
        return true;
}
