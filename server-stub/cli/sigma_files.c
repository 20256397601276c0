/* SPDX-License-Identifier: Apache-2.0 */
/* Finds files of rules in folders and gives their texts to the compiler. Follows no link to a folder. */
#include "server-stub/cli/sigma_files.h"

#include "agent/cli/command.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct walk {
	struct compile *c;
	unsigned files;
};

/* Read what is left of an open file. Returns how many bytes; one more than may be, if there are more. */
static ssize_t read_rest(int fd, char *bytes, size_t bytes_max)
{
	size_t len = 0;
	ssize_t n;

	while (len <= bytes_max && (n = read(fd, bytes + len, bytes_max + 1 - len)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		len += (size_t)n;
	}
	return (ssize_t)len;
}

int sigma_files_read(const char *file, size_t bytes_max, struct str *out)
{
	int fd = open(file, O_RDONLY | O_CLOEXEC);
	char *bytes = fd < 0 ? NULL : malloc(bytes_max + 2);
	ssize_t len = bytes ? read_rest(fd, bytes, bytes_max) : -1;
	int status = OPTS_GO_ON;

	if (len < 0)
		status = opts_failed(COMMAND_FAILED, "%s: %s", file, strerror(errno));
	else if ((size_t)len > bytes_max)
		status = opts_failed(COMMAND_FAILED, "%s: has more than %zu bytes", file, bytes_max);
	if (fd >= 0)
		close(fd);
	if (status != OPTS_GO_ON) {
		free(bytes);
		return status;
	}
	*out = (struct str){bytes, (size_t)len};
	return OPTS_GO_ON;
}

/* A device, a pipe or a link as /dev/stdout is written to: a file that takes its place would be the end of it. */
static bool is_no_plain_file(const char *file)
{
	struct stat st;

	return lstat(file, &st) == 0 && !S_ISREG(st.st_mode);
}

static int write_out(struct str bytes)
{
	if (fwrite(bytes.data, 1, bytes.len, stdout) == bytes.len && fflush(stdout) == 0)
		return OPTS_GO_ON;
	return opts_failed(COMMAND_FAILED, "standard output: %s", strerror(errno));
}

int sigma_files_write(const char *file, struct str bytes)
{
	if (strcmp(file, "-") == 0)
		return write_out(bytes);

	char temporary[PATH_MAX];
	bool in_place = is_no_plain_file(file);
	FILE *out;

	if (!in_place && snprintf(temporary, sizeof(temporary), "%s.new", file) >= (int)sizeof(temporary))
		return opts_failed(COMMAND_FAILED, "%s: the name is too long", file);
	out = fopen(in_place ? file : temporary, "we");
	bool good = out && fwrite(bytes.data, 1, bytes.len, out) == bytes.len && fflush(out) == 0 &&
		    (in_place || fsync(fileno(out)) == 0);
	int error = errno;

	if (out && fclose(out) != 0)
		good = false;
	if (good && (in_place || rename(temporary, file) == 0))
		return OPTS_GO_ON;
	error = good ? errno : error;
	if (out && !in_place)
		unlink(temporary);
	return opts_failed(COMMAND_FAILED, "%s: %s", file, strerror(error));
}

FILE *sigma_files_beside(const char *file)
{
	return strcmp(file, "-") == 0 ? stderr : stdout;
}

bool sigma_files_is_yaml(const char *name)
{
	return str_ends(str_from(name), STR(".yml")) || str_ends(str_from(name), STR(".yaml"));
}

static int add_file(struct walk *w, const char *file)
{
	struct str text, name = arena_copy(&w->c->arena, str_from(file));
	int status;

	if (!name.data || ++w->files > SIGMA_FILES_MAX)
		return opts_failed(COMMAND_FAILED, "%s: is one file too many: %d are the limit", file, SIGMA_FILES_MAX);
	status = sigma_files_read(file, DOC_BYTES_MAX, &text);
	if (status != OPTS_GO_ON)
		return status;
	(void)compile_text(w->c, name.data, text); /* what is wrong is noted there */
	free((char *)text.data);
	return OPTS_GO_ON;
}

static int add_folder(struct walk *w, const char *path, unsigned depth);

/* A file that is called like rules, or a folder; no link to a folder, and nothing else. */
static int add_entry(struct walk *w, const char *path, unsigned depth)
{
	struct stat st;

	if (lstat(path, &st) != 0)
		return OPTS_GO_ON; /* it has gone */
	if (S_ISDIR(st.st_mode))
		return add_folder(w, path, depth);
	return sigma_files_is_yaml(path) && stat(path, &st) == 0 && S_ISREG(st.st_mode) ? add_file(w, path)
											: OPTS_GO_ON;
}

/* By bytes, the same everywhere. */
static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static int add_folder(struct walk *w, const char *path, unsigned depth)
{
	struct dirent **entries = NULL;
	char inner[PATH_MAX];
	int count, status = OPTS_GO_ON;

	if (depth == SIGMA_FILES_DEPTH_MAX)
		return opts_failed(COMMAND_FAILED, "%s: has folders nested deeper than %d", path,
				   SIGMA_FILES_DEPTH_MAX);
	count = scandir(path, &entries, NULL, by_name);
	if (count < 0)
		return opts_failed(COMMAND_FAILED, "%s: %s", path, strerror(errno));
	for (int i = 0; i < count; i++) {
		const char *name = entries[i]->d_name;

		if (status == OPTS_GO_ON && name[0] != '.') {
			if (snprintf(inner, sizeof(inner), "%s/%s", path, name) < (int)sizeof(inner))
				status = add_entry(w, inner, depth + 1);
			else
				status = opts_failed(COMMAND_FAILED, "%s/%s: the name is too long", path, name);
		}
		free(entries[i]);
	}
	free(entries);
	return status;
}

static int add_path(struct walk *w, const char *path)
{
	struct stat st;

	if (stat(path, &st) != 0)
		return opts_failed(COMMAND_FAILED, "%s: %s", path, strerror(errno));
	return S_ISDIR(st.st_mode) ? add_folder(w, path, 0) : add_file(w, path);
}

static int add_lists(struct compile *c, const char *file)
{
	struct str text;
	int status = sigma_files_read(file, DOC_BYTES_MAX, &text);

	if (status != OPTS_GO_ON)
		return status;
	if (!compile_lists(c, text))
		status = opts_failed(COMMAND_FAILED, "%s:%u: %s", file, c->error.line, c->error.why);
	free((char *)text.data);
	return status;
}

int sigma_files_compile(struct compile *c, const struct opts_list *paths, const char *lists)
{
	struct walk w = {c, 0};
	int status = OPTS_GO_ON;

	compile_init(c);
	if (lists)
		status = add_lists(c, lists);
	for (unsigned i = 0; i < paths->count && status == OPTS_GO_ON; i++)
		status = add_path(&w, paths->items[i]);
	if (status == OPTS_GO_ON && c->count == 0)
		status = opts_failed(COMMAND_FAILED, "%s: there are no rules (*.yml, *.yaml)", paths->items[0]);
	if (status == OPTS_GO_ON)
		compile_link(c);
	else
		compile_free(c);
	return status;
}

void sigma_files_print(FILE *out, struct str text, size_t most)
{
	for (size_t i = 0; i < text.len && i < most; i++)
		putc((uint8_t)text.data[i] < ' ' || text.data[i] == 0x7f ? '?' : text.data[i], out);
	if (text.len > most)
		fputs("...", out);
}

void sigma_files_say(const struct compile *c)
{
	for (const struct compile_rule *r = c->first; r; r = r->next) {
		if (!r->error.why[0])
			continue;
		fprintf(stderr, "%s:%u: ", r->file, r->error.line);
		sigma_files_print(stderr, str_from(r->error.why), sizeof(r->error.why));
		putc('\n', stderr);
	}
}
