/* loader.c - a guest's image: from the file into the guest's memory. */
#include "minikvm.h"

#include <elf.h>

static bool refuse(const char *path, const char *reason)
{
        fprintf(stderr, "minikvm: %s: %s\n", path, reason);
        return false;
}

/* Refuses what is a program of another kind, which as 16-bit code would only run wild. */
static bool check_kind(const char *path, const struct image *image)
{
        if (image->size == 0)
                return refuse(path, "the file is empty");
        if (image->size >= 2 && memcmp(image->bytes, "#!", 2) == 0)
                return refuse(path, "this is a script, not an image of 16-bit code");
        if (image->size > EI_CLASS && memcmp(image->bytes, ELFMAG, SELFMAG) == 0)
                return refuse(path, image->bytes[EI_CLASS] == ELFCLASS64 ?
                              "this is a 64-bit ELF file, not an image of 16-bit code" :
                              "this is an ELF file, and such guests run from chapter 07 on");
        if (image->size > REAL_MODE_IMAGE_MAX)
                return refuse(path, "the file is too large: an image has at most 65280 bytes");
        return true;
}

bool loader_read(const char *path, struct image *image)
{
        FILE *file = fopen(path, "re");
        if (!file)
                return refuse(path, strerror(errno));
        image->size = fread(image->bytes, 1, sizeof(image->bytes), file);
        bool ok = ferror(file) ? refuse(path, strerror(errno)) : check_kind(path, image);
        fclose(file);
        return ok;
}

void loader_place(struct guest *guest, const struct image *image)
{
        memcpy(guest->vm->mem + guest->segment * 16, image->bytes, image->size);
}
