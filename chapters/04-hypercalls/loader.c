/* loader.c - a guest's image: from the file into the guest's memory. */
#include "minikvm.h"

#include <elf.h>

/* Refuses what is a program of another kind, which as 16-bit code would only run wild. */
static bool check_kind(const char *path, const uint8_t *image, size_t size)
{
        if (size == 0)
                return refuse(path, "the file is empty");
        if (size >= 2 && memcmp(image, "#!", 2) == 0)
                return refuse(path, "this is a script, not an image of 16-bit code");
        if (size > EI_CLASS && memcmp(image, ELFMAG, SELFMAG) == 0)
                return refuse(path, image[EI_CLASS] == ELFCLASS64 ?
                              "this is a 64-bit ELF file, not an image of 16-bit code" :
                              "this is an ELF file, and such guests run from chapter 07 on");
        if (size > REAL_MODE_IMAGE_MAX)
                return refuse(path, "the file is too large: an image has at most 65280 bytes");
        return true;
}

/* Guest RAM is ours as well: the file is read straight into it. */
bool loader_load(struct guest *guest, const char *path)
{
        uint8_t *image = guest->vm.mem + REAL_MODE_SEGMENT * 16;
        FILE *file = fopen(path, "re");
        if (!file)
                return refuse(path, strerror(errno));

        size_t size = fread(image, 1, REAL_MODE_IMAGE_MAX + 1, file);   /* one more: too large */
        bool ok = ferror(file) ? refuse(path, strerror(errno)) : check_kind(path, image, size);
        fclose(file);
        return ok;
}
