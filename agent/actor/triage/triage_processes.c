/* SPDX-License-Identifier: Apache-2.0 */
/* Walks /proc once. A process may end meanwhile: what is missing then is null. */
#include "agent/actor/triage/triage_processes.h"

#include "agent/base/clock.h"
#include "agent/common/proc_read.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PROGRAMS_MAX 512 /* different ones whose hash is remembered; more are hashed again */
#define PROGRAM_BYTES_MAX (64u << 20)
#define PIECE 65536

/* The hashes so far. */
struct programs {
	unsigned count;
	struct program {
		dev_t device;
		ino_t inode;
		uint8_t sha256[32];
	} list[PROGRAMS_MAX];
};

/* What is known of the file that a process runs. */
struct image {
	bool seen, hashed, removed;
	uint64_t size;
	uint8_t sha256[32];
};

static bool hash_file(int fd, int64_t until_us, uint8_t sha256[32])
{
	static uint8_t piece[PIECE];
	struct key_hash hash;
	uint64_t done = 0;
	ssize_t got;

	key_hash_begin(&hash);
	do {
		got = read(fd, piece, sizeof(piece));
		key_hash_add(&hash, piece, got > 0 ? (size_t)got : 0);
		done += got > 0 ? (uint64_t)got : 0;
	} while ((got > 0 || (got < 0 && errno == EINTR)) && done <= PROGRAM_BYTES_MAX && clock_awake_us() < until_us);
	key_hash_end(&hash, sha256);
	return got == 0;
}

static const struct program *find(const struct programs *p, const struct stat *st)
{
	for (unsigned i = 0; i < p->count; i++)
		if (p->list[i].device == st->st_dev && p->list[i].inode == st->st_ino)
			return &p->list[i];
	return NULL;
}

static void remember(struct programs *p, const struct stat *st, const uint8_t sha256[32])
{
	struct program *new = &p->list[p->count];

	if (p->count == PROGRAMS_MAX)
		return;
	p->count++;
	new->device = st->st_dev;
	new->inode = st->st_ino;
	memcpy(new->sha256, sha256, sizeof(new->sha256));
}

/* What the process itself runs, whatever lies at that path by now. */
static struct image look(struct triage *c, struct programs *p, const char *dir)
{
	struct image image = {.seen = false};
	const struct program *known;
	char path[PROC_READ_DIR_MAX + 8];
	struct stat st;
	int fd;

	snprintf(path, sizeof(path), "%s/exe", dir);
	fd = openat(c->proc, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return image;
	if (fstat(fd, &st) == 0) {
		image.seen = true;
		image.size = (uint64_t)st.st_size;
		image.removed = st.st_nlink == 0;
		known = find(p, &st);
		if (known)
			memcpy(image.sha256, known->sha256, sizeof(image.sha256));
		image.hashed = known || hash_file(fd, c->hash_until_us, image.sha256);
		if (image.hashed && !known)
			remember(p, &st, image.sha256);
	}
	close(fd);
	return image;
}

static void put_number(struct json *j, const char *key, uint64_t value)
{
	json_key(j, key);
	json_u64(j, value);
}

static void put_image(struct json *j, const struct image *image)
{
	if (!image->seen)
		return;
	put_number(j, "size", image->size);
	json_key(j, "removed");
	json_bool(j, image->removed);
	json_key(j, "sha256");
	if (image->hashed)
		json_hex(j, image->sha256, sizeof(image->sha256));
	else
		json_none(j);
}

/* Arguments may hold a password: nobody but the holder of the escrow key sees them. */
static void put_args(struct json *j, struct str args, bool sealed)
{
	static char line[PROCESS_SAMPLE_ARGS_MAX];

	if (!sealed)
		return;
	while (args.len > 0 && args.data[args.len - 1] == '\0')
		args.len--;
	for (size_t i = 0; i < args.len; i++)
		line[i] = args.data[i] == '\0' ? ' ' : args.data[i];
	json_member(j, "args", (struct str){line, args.len});
}

static void put_row(struct triage *c, const union proc_sample *s, const struct image *image)
{
	const struct process_sample *h = &s->head;
	const char *texts = s->bytes + sizeof(*h);
	struct json *j = triage_row(c);

	put_number(j, "pid", h->pid);
	put_number(j, "ppid", h->ppid);
	json_member(j, "name", (struct str){h->name, strnlen(h->name, sizeof(h->name))});
	if (h->flags & PROCESS_SAMPLE_IDS) {
		put_number(j, "uid", h->uid);
		put_number(j, "euid", h->euid);
	}
	if (h->loginuid != PROCESS_SAMPLE_NOBODY)
		put_number(j, "loginuid", h->loginuid);
	put_number(j, "start_ticks", h->start);
	json_member(j, "exe", (struct str){texts, h->exe_len});
	if (!triage_is_short(c)) {
		json_member(j, "cwd", (struct str){texts + h->exe_len, h->cwd_len});
		put_args(j, (struct str){texts + h->exe_len + h->cwd_len, h->args_len}, c->ask->escrow.len > 0);
	}
	put_image(j, image);
	triage_row_end(c);
}

/* "socket:[4711]" */
static void take_sockets(struct triage *c, struct triage_sockets *sockets, const char *dir,
			 const struct process_sample *owner)
{
	char path[PROC_READ_DIR_MAX + 8], link[64];
	struct dirent *e;
	DIR *list;
	int fd;

	snprintf(path, sizeof(path), "%s/fd", dir);
	fd = openat(c->proc, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	list = fd >= 0 ? fdopendir(fd) : NULL;
	while (list && (e = readdir(list)) != NULL) {
		ssize_t len = readlinkat(fd, e->d_name, link, sizeof(link) - 1);

		if (len <= 8 || memcmp(link, "socket:[", 8) != 0)
			continue;
		link[len] = '\0';
		triage_sockets_own(sockets, strtoull(link + 8, NULL, 10), owner);
	}
	if (list)
		closedir(list);
	else if (fd >= 0)
		close(fd);
}

void triage_processes(struct triage *c, struct triage_sockets *sockets)
{
	static struct programs programs;
	static union proc_sample sample;
	int fd = openat(c->proc, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *list = fd >= 0 ? fdopendir(fd) : NULL;
	struct dirent *e;

	triage_table(c, "processes.jsonl");
	while (list && (e = readdir(list)) != NULL) {
		char dir[PROC_READ_DIR_MAX];
		struct proc_stat stat;
		uint64_t pid;

		if (str_number(str_from(e->d_name), INT32_MAX, &pid) != ERR_OK ||
		    proc_read(c->proc, (uint32_t)pid, PROCESS_SAMPLE_RUNS, &sample) == 0 ||
		    !proc_read_stat(c->proc, (uint32_t)pid, &stat))
			continue;
		proc_read_dir(c->proc, &stat, dir);
		struct image image = look(c, &programs, dir);

		put_row(c, &sample, &image);
		take_sockets(c, sockets, dir, &sample.head);
	}
	if (list)
		closedir(list);
	triage_table_end(c);
}
