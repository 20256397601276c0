/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stands in for libFuzzer where the compiler has none, and under an emulator: replays a corpus, then mutations of it
 * from a fixed seed until the time is over. It understands the libFuzzer options that the runner gives and ignores
 * the rest. It knows nothing of coverage, so it finds less; what it finds it finds again.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#define INPUT_MAX (1u << 20)
#define INPUTS_MAX 8192

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct {
	uint8_t *data;
	size_t size;
} inputs[INPUTS_MAX];
static size_t inputs_count;
static unsigned long runs;
static uint64_t random_state = 1;

static uint64_t random_next(void)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return random_state;
}

static void file_load(const char *path)
{
	FILE *f = fopen(path, "rb");
	if (!f || inputs_count == INPUTS_MAX) {
		if (f)
			fclose(f);
		return;
	}
	uint8_t *data = malloc(INPUT_MAX);
	size_t size = data ? fread(data, 1, INPUT_MAX, f) : 0;
	fclose(f);
	uint8_t *kept = data ? realloc(data, size ? size : 1) : NULL;
	inputs[inputs_count].data = kept ? kept : data;
	inputs[inputs_count].size = size;
	if (data)
		inputs_count++;
}

static void path_load(const char *path)
{
	struct stat st;
	if (stat(path, &st) != 0)
		return;
	if (!S_ISDIR(st.st_mode)) {
		file_load(path);
		return;
	}
	struct dirent **names;
	int n = scandir(path, &names, NULL, alphasort);
	for (int i = 0; i < n; i++) {
		char name[4096];
		snprintf(name, sizeof(name), "%s/%s", path, names[i]->d_name);
		if (names[i]->d_name[0] != '.')
			file_load(name);
		free(names[i]);
	}
	if (n >= 0)
		free(names);
}

/* A copy of exactly the input's size, so that a sanitizer sees one byte too far. */
static void run(const uint8_t *data, size_t size)
{
	uint8_t *copy = malloc(size ? size : 1);
	if (!copy)
		abort();
	memcpy(copy, data, size);
	LLVMFuzzerTestOneInput(copy, size);
	free(copy);
	runs++;
}

static size_t mutate(uint8_t *data, size_t size)
{
	static const uint8_t edges[] = {0, 1, 0x7f, 0x80, 0xff, '\n', ' ', '"', '\\', '=', '%'};
	for (uint64_t n = 1 + random_next() % 4; n > 0; n--) {
		size_t at = size ? random_next() % size : 0;
		switch (random_next() % 6) {
		case 0:
			if (size)
				data[at] ^= (uint8_t)(1u << random_next() % 8);
			break;
		case 1:
			if (size)
				data[at] = edges[random_next() % sizeof(edges)];
			break;
		case 2: size = at; break;
		case 3:
			if (size < INPUT_MAX) {
				memmove(data + at + 1, data + at, size - at);
				data[at] = (uint8_t)random_next();
				size++;
			}
			break;
		case 4:
			if (size) {
				memmove(data + at, data + at + 1, size - at - 1);
				size--;
			}
			break;
		default: {
			size_t from = inputs_count ? random_next() % inputs_count : 0;
			size_t length = inputs_count ? inputs[from].size : 0;
			if (length > INPUT_MAX - at)
				length = INPUT_MAX - at;
			if (length)
				memcpy(data + at, inputs[from].data, length);
			if (at + length > size)
				size = at + length;
		}
		}
	}
	return size;
}

int main(int argc, char **argv)
{
	long seconds = 1;
	for (int i = 1; i < argc; i++) {
		if (!strncmp(argv[i], "-max_total_time=", 16))
			seconds = strtol(argv[i] + 16, NULL, 10);
		else if (!strncmp(argv[i], "-seed=", 6))
			random_state = strtoul(argv[i] + 6, NULL, 10) | 1;
		else if (argv[i][0] != '-')
			path_load(argv[i]);
	}
	run((const uint8_t *)"", 0);
	for (size_t i = 0; i < inputs_count; i++)
		run(inputs[i].data, inputs[i].size);
	uint8_t *scratch = malloc(INPUT_MAX);
	if (!scratch)
		abort();
	struct timespec now, start;
	clock_gettime(CLOCK_MONOTONIC, &start);
	do {
		for (int i = 0; i < 64; i++) {
			size_t size = 0;
			if (inputs_count) {
				size_t from = random_next() % inputs_count;
				size = inputs[from].size;
				memcpy(scratch, inputs[from].data, size);
			}
			run(scratch, mutate(scratch, size));
		}
		clock_gettime(CLOCK_MONOTONIC, &now);
	} while (now.tv_sec - start.tv_sec < seconds);
	free(scratch);
	for (size_t i = 0; i < inputs_count; i++)
		free(inputs[i].data);
	printf("stat::number_of_executed_units: %lu\n", runs);
	return 0;
}
