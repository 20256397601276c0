/* SPDX-License-Identifier: Apache-2.0 */
/* Memory that is zero at its start, without taking what is zero already. */
#pragma once

#include <stddef.h>

/*
 * Set memory to zero. What is zero already is only read: pages that the kernel has not handed out yet (mmap(2),
 * MAP_ANONYMOUS; .bss) stay its one page of zeros, and cost nothing until something is put there.
 */
void zero_fill(void *memory, size_t size);
