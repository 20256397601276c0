/* SPDX-License-Identifier: Apache-2.0 */
/* Calls that change what is on a disk, or make it durable, for power.c. */
#pragma once

#include <sys/syscall.h>

enum power_kind {
	POWER_OPEN = 1, /* may make a file: openat */
	POWER_NAME,	/* changes a directory */
	POWER_DATA,	/* changes a file */
	POWER_SYNC,	/* makes a file or a directory durable */
};

static const struct power_call {
	long number;
	enum power_kind kind;
} power_calls[] = {
	{SYS_openat, POWER_OPEN},    {SYS_renameat, POWER_NAME},  {SYS_unlinkat, POWER_NAME},
	{SYS_linkat, POWER_NAME},    {SYS_write, POWER_DATA},	  {SYS_pwrite64, POWER_DATA},
	{SYS_ftruncate, POWER_DATA}, {SYS_fallocate, POWER_DATA}, {SYS_fsync, POWER_SYNC},
	{SYS_fdatasync, POWER_SYNC},
#ifdef SYS_renameat2
	{SYS_renameat2, POWER_NAME},
#endif
#ifdef SYS_rename
	{SYS_rename, POWER_NAME},
#endif
#ifdef SYS_unlink
	{SYS_unlink, POWER_NAME},
#endif
};
