/*
 * The x86 as its manuals name it. Read by C and by assembly, by guests and by the hypervisor.
 * SDM: Intel 64 and IA-32 Architectures Software Developer's Manual, by volume and section. The
 * numbers are those of the editions up to 2024. Since then there is one more chapter in volume 3A,
 * the fourth, and those behind it have moved on by one.
 */
#ifndef X86_H
#define X86_H

/* Control registers: SDM 3A, 2.5 */
#define CR0_PE                  0x00000001      /* protection enable */
#define CR0_MP                  0x00000002      /* monitor coprocessor */
#define CR0_EM                  0x00000004      /* emulate the x87 */
#define CR0_TS                  0x00000008      /* task switched */
#define CR0_ET                  0x00000010      /* extension type: always 1 */
#define CR0_NE                  0x00000020      /* numeric error */
#define CR0_WP                  0x00010000      /* write protect, for the kernel too */
#define CR0_AM                  0x00040000      /* alignment mask */
#define CR0_NW                  0x20000000      /* not write-through */
#define CR0_CD                  0x40000000      /* cache disable */
#define CR0_PG                  0x80000000      /* paging */
#define CR4_PSE                 0x00000010      /* page size extensions: 4 MiB pages */
#define CR4_PAE                 0x00000020      /* physical address extension */
#define CR4_PGE                 0x00000080      /* global pages */

/* EFLAGS: SDM 1, 3.4.3 */
#define EFLAGS_CF               0x00000001      /* carry */
#define EFLAGS_FIXED            0x00000002      /* bit 1 reads as 1, always */
#define EFLAGS_ZF               0x00000040      /* zero */
#define EFLAGS_TF               0x00000100      /* trap: single step */
#define EFLAGS_IF               0x00000200      /* interrupts enabled */
#define EFLAGS_DF               0x00000400      /* direction of string instructions */
#define EFLAGS_IOPL             0x00003000      /* the lowest privilege that may do I/O */
#define EFLAGS_NT               0x00004000      /* nested task */
#define EFLAGS_VM               0x00020000      /* virtual-8086 mode */

/* Type field of a segment descriptor: SDM 3A, 3.4.5.1 (code and data), 3.5 (system) */
#define SEG_TYPE_DATA_RW        2               /* data, read and write */
#define SEG_TYPE_DATA_RWA       3               /* the same, accessed */
#define SEG_TYPE_CODE_ER        10              /* code, execute and read */
#define SEG_TYPE_CODE_ERA       11              /* the same, accessed */
#define SEG_TYPE_LDT            2
#define SEG_TYPE_TSS32_AVAIL    9
#define SEG_TYPE_TSS32_BUSY     11

/* The other fields of a segment descriptor, as bits of its second doubleword: SDM 3A, 3.4.5 */
#define SEG_DESC_TYPE_SHIFT     8
#define SEG_DESC_S              0x00001000      /* code or data, not a system segment */
#define SEG_DESC_DPL_SHIFT      13
#define SEG_DESC_P              0x00008000      /* present */
#define SEG_DESC_DB             0x00400000      /* 32-bit */
#define SEG_DESC_G              0x00800000      /* the limit counts 4 KiB, not bytes */

/* Segment selectors: SDM 3A, 3.4.2. The index starts at bit 3. */
#define SEL_RPL                 0x0003          /* requested privilege level */
#define SEL_TI                  0x0004          /* in the LDT, not in the GDT */

/* Gate descriptors in the IDT: SDM 3A, 6.11 */
#define GATE_TYPE_TASK          5
#define GATE_TYPE_INTERRUPT32   14              /* clears EFLAGS.IF on the way in */
#define GATE_TYPE_TRAP32        15              /* leaves it */

/* Exception vectors: SDM 3A, 6.3.1 (table 6-1) */
#define EXC_DE                  0               /* divide error */
#define EXC_DB                  1               /* debug */
#define EXC_NMI                 2               /* non-maskable interrupt */
#define EXC_BP                  3               /* breakpoint */
#define EXC_OF                  4               /* overflow */
#define EXC_BR                  5               /* BOUND range exceeded */
#define EXC_UD                  6               /* invalid opcode */
#define EXC_NM                  7               /* device not available */
#define EXC_DF                  8               /* double fault */
#define EXC_TS                  10              /* invalid TSS */
#define EXC_NP                  11              /* segment not present */
#define EXC_SS                  12              /* stack-segment fault */
#define EXC_GP                  13              /* general protection */
#define EXC_PF                  14              /* page fault */
#define EXC_MF                  16              /* x87 floating-point error */
#define EXC_AC                  17              /* alignment check */
#define EXC_MC                  18              /* machine check */
#define EXC_XM                  19              /* SIMD floating-point exception */
#define EXC_COUNT               32              /* vectors 0 to 31 are Intel's */

/* The error code of a page fault: SDM 3A, 4.7 */
#define PF_ERR_P                0x01            /* the page is present: a matter of rights */
#define PF_ERR_W                0x02            /* the access was a write */
#define PF_ERR_U                0x04            /* it came from user mode */
#define PF_ERR_RSVD             0x08            /* a reserved bit was set in an entry */
#define PF_ERR_I                0x10            /* it was an instruction fetch */

/* 32-bit paging: SDM 3A, 4.3. A page directory of 1024 entries, each with 1024 pages of 4 KiB. */
#define PTE_P                   0x001           /* present */
#define PTE_W                   0x002           /* writable (the manual: R/W) */
#define PTE_U                   0x004           /* user mode may (the manual: U/S) */
#define PTE_PWT                 0x008           /* write-through */
#define PTE_PCD                 0x010           /* cache disabled */
#define PTE_A                   0x020           /* accessed */
#define PTE_D                   0x040           /* dirty: written to */
#define PTE_G                   0x100           /* global */
#define PDE_PS                  0x080           /* this entry maps a 4 MiB page itself */
#define PTE_ADDR_MASK           0xFFFFF000      /* where the page or the page table is */
#define PDE_LARGE_ADDR_MASK     0xFFC00000      /* where the 4 MiB page is */
#define PDE_LARGE_RESERVED      0x00200000      /* must be 0 with PS */
#define PAGE_SIZE_4K            0x1000
#define PAGE_SIZE_4M            0x400000
#define PAGE_TABLE_ENTRIES      1024
#define PDE_SHIFT               22              /* address bits 31:22 choose the PDE */
#define PTE_SHIFT               12              /* address bits 21:12 choose the PTE */

/* The two interrupt controllers: Intel 8259A data sheet */
#define PIC1_CMD                0x20
#define PIC1_DATA               0x21
#define PIC2_CMD                0xA0
#define PIC2_DATA               0xA1
#define PIC_ICW1_INIT           0x11            /* ICW1: initialise, ICW4 follows */
#define PIC_ICW4_8086           0x01            /* ICW4: 8086 mode */
#define PIC_EOI                 0x20            /* OCW2: end of interrupt */
#define PIC_READ_ISR            0x0B            /* OCW3: the next read gives what is in service */
#define IRQ_TIMER               0
#define IRQ_KEYBOARD            1
#define IRQ_CASCADE             2               /* the second controller's line into the first */
#define IRQ_COM1                4
#define IRQ_COUNT               16

/* The interval timer: Intel 8254 data sheet */
#define PIT_CH0                 0x40
#define PIT_CMD                 0x43
#define PIT_CH0_RATE            0x34            /* channel 0, low byte then high, mode 2 */
#define PIT_HZ                  1193182

/* The keyboard controller: Intel 8042 */
#define KBD_DATA                0x60
#define KBD_STATUS              0x64            /* to read */
#define KBD_CMD                 0x64            /* to write */
#define KBD_STATUS_OBF          0x01            /* output buffer full: KBD_DATA has a byte */
#define KBD_STATUS_IBF          0x02            /* input buffer full: it is still reading ours */

/* The serial port: National Semiconductor 16550 data sheet */
#define COM1                    0x3F8           /* data; with LCR_DLAB the divisor's low byte */
#define COM1_IER                0x3F9           /* interrupt enable; the divisor's high byte */
#define COM1_FCR                0x3FA           /* FIFO control, to write */
#define COM1_IIR                0x3FA           /* interrupt identification, to read */
#define COM1_LCR                0x3FB           /* line control */
#define COM1_MCR                0x3FC           /* modem control */
#define COM1_LSR                0x3FD           /* line status */
#define COM1_MSR                0x3FE           /* modem status */
#define COM1_SCR                0x3FF           /* scratch */
#define COM1_PORTS              8
#define LSR_DR                  0x01            /* data ready */
#define LSR_THRE                0x20            /* transmit holding register empty */
#define LSR_TEMT                0x40            /* transmitter empty: the last bit has left */
#define LCR_8N1                 0x03            /* eight bits, no parity, one stop bit */
#define LCR_DLAB                0x80            /* the first two ports are the divisor */

#endif
