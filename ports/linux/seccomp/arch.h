/* SPDX-License-Identifier: Apache-2.0 */
/* The number by which seccomp(2) filters know this processor (linux/audit.h). Another one needs a line here. */
#pragma once

#include <linux/audit.h>

#include <endian.h>

#if defined(__x86_64__) && !defined(__ILP32__)
#define SECCOMP_ARCH AUDIT_ARCH_X86_64
#define SECCOMP_COMPAT                   \
	{                                \
		AUDIT_ARCH_I386, 11, 358 \
	}
#elif defined(__i386__)
#define SECCOMP_ARCH AUDIT_ARCH_I386
#elif defined(__aarch64__)
#define SECCOMP_ARCH AUDIT_ARCH_AARCH64
#define SECCOMP_COMPAT                  \
	{                               \
		AUDIT_ARCH_ARM, 11, 387 \
	}
#elif defined(__arm__)
#define SECCOMP_ARCH AUDIT_ARCH_ARM
#elif defined(__s390x__)
#define SECCOMP_ARCH AUDIT_ARCH_S390X
#define SECCOMP_COMPAT                   \
	{                                \
		AUDIT_ARCH_S390, 11, 354 \
	}
#elif defined(__mips__) && _MIPS_SIM == _ABIO32 && __BYTE_ORDER == __BIG_ENDIAN
#define SECCOMP_ARCH AUDIT_ARCH_MIPS
#elif defined(__mips__) && _MIPS_SIM == _ABIO32
#define SECCOMP_ARCH AUDIT_ARCH_MIPSEL
#elif defined(__mips__) && _MIPS_SIM == _ABI64 && __BYTE_ORDER == __BIG_ENDIAN
#define SECCOMP_ARCH AUDIT_ARCH_MIPS64
#elif defined(__mips__) && _MIPS_SIM == _ABI64
#define SECCOMP_ARCH AUDIT_ARCH_MIPSEL64
#elif defined(__riscv) && __riscv_xlen == 64
#define SECCOMP_ARCH AUDIT_ARCH_RISCV64
#elif defined(__powerpc64__) && __BYTE_ORDER == __LITTLE_ENDIAN
#define SECCOMP_ARCH AUDIT_ARCH_PPC64LE
#else
#error "ports/linux/seccomp/arch.h does not know this processor"
#endif

/* Of the 32-bit programs that it runs, too: the number, their execve(2) and their execveat(2). */
#ifndef SECCOMP_COMPAT
#define SECCOMP_COMPAT  \
	{               \
		0, 0, 0 \
	}
#endif
