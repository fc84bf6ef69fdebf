/*
 * A guest's image, packed as the 64 KiB of firmware that an emulated PC starts with, so that QEMU
 * and kvmtool can run it: it copies the image to 1000:0000 and starts it there, as Mini-KVM does.
 */
        .code16
        .intel_syntax noprefix

image:
        .incbin IMAGE
end:
        .org    0xFF00
start:
        mov     ax, 0xF000              /* the firmware lies below 1 MiB as well: F000:0000 */
        mov     ds, ax
        mov     ax, 0x1000
        mov     es, ax
        mov     ss, ax
        mov     sp, 0xFFFE
        xor     si, si
        xor     di, di
        mov     cx, offset end - image
        cld
        rep movsb
        mov     ds, ax
        xor     eax, eax
        xor     edx, edx
        xor     esi, esi
        xor     edi, edi
        ljmp    0x1000, 0

        .org    0xFFF0                  /* the first instruction: SDM 3A, 9.1.4 */
        ljmp    0xF000, offset start
        .org    0x10000
