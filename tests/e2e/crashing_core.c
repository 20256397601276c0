/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A decoder with a fault, for a core that is otherwise the real one: loaded into caltrop-core (LD_PRELOAD), this ends
 * it when a decoder looks for something in a text that has "crash the core" in it. Lines are cut at their LF before;
 * that is passed.
 */
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

#define MAGIC "crash the core"

static void look(const char *text, size_t len)
{
	for (size_t i = 0; i + sizeof(MAGIC) - 1 <= len; i++)
		if (text[i] == MAGIC[0] && memcmp(text + i, MAGIC, sizeof(MAGIC) - 1) == 0)
			abort();
}

void *memchr(const void *text, int byte, size_t len)
{
	static void *(*real)(const void *, int, size_t);

	if (!real)
		*(void **)&real = dlsym(RTLD_NEXT, "memchr");
	if (byte != '\n')
		look(text, len);
	return real(text, byte, len);
}

void *memmem(const void *text, size_t len, const void *word, size_t word_len)
{
	static void *(*real)(const void *, size_t, const void *, size_t);

	if (!real)
		*(void **)&real = dlsym(RTLD_NEXT, "memmem");
	look(text, len);
	return real(text, len, word, word_len);
}
