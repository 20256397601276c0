/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/base/zero.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <cmocka.h>

static void all_of_it_is_zero_and_nothing_behind_it(void **state)
{
	uint8_t bytes[1000];

	(void)state;
	for (size_t size = 0; size < sizeof(bytes); size += 37) {
		memset(bytes, 0xa5, sizeof(bytes));
		zero_fill(bytes, size);
		for (size_t i = 0; i < sizeof(bytes); i++)
			assert_int_equal(bytes[i], i < size ? 0 : 0xa5);
	}
}

/* KiB of memory that the kernel has given to the mapping that begins there; its page of zeros is none (proc(5), smaps).
 */
static long taken(const void *mapping)
{
	FILE *f = fopen("/proc/self/smaps", "re");
	char line[512], start[32];
	long kib = -1;
	int there = 0;

	assert_non_null(f);
	snprintf(start, sizeof(start), "%lx-", (unsigned long)(uintptr_t)mapping);
	while (kib < 0 && fgets(line, sizeof(line), f)) {
		there = there || strncmp(line, start, strlen(start)) == 0;
		if (there && strncmp(line, "Rss:", 4) == 0)
			kib = strtol(line + 4, NULL, 10);
	}
	assert_int_equal(fclose(f), 0);
	return kib;
}

static void memory_that_was_never_used_is_not_taken(void **state)
{
	enum { SIZE = 1 << 20, GUARD = 1 << 16 };
	uint8_t *area = mmap(NULL, SIZE + 2 * GUARD, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	uint8_t *memory = area + GUARD; /* a mapping by itself, between two that nobody may touch */

	(void)state;
	assert_ptr_not_equal(area, MAP_FAILED);
	assert_int_equal(mprotect(memory, SIZE, PROT_READ | PROT_WRITE), 0);
	zero_fill(memory, SIZE);
	if (taken(memory) < 0)
		skip(); /* an emulator shows its own memory there */
	assert_int_equal(taken(memory), 0);
	memory[SIZE / 2] = 1;
	zero_fill(memory, SIZE);
	assert_int_equal(memory[SIZE / 2], 0);
	assert_in_range(taken(memory), 1, 64);
	assert_int_equal(munmap(area, SIZE + 2 * GUARD), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_of_it_is_zero_and_nothing_behind_it),
		cmocka_unit_test(memory_that_was_never_used_is_not_taken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
