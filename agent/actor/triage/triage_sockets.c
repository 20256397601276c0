/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the kernel's text tables of sockets, which need no privilege and no netlink. */
#include "agent/actor/triage/triage_sockets.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define STATE_LISTEN 10
#define STATE_CLOSE 7
#define WORD 8 /* hexadecimal digits of 32 bits in the machine's own order */

static const char *const states[] = {"",	  "established", "syn_sent",   "syn_recv", "fin_wait1", "fin_wait2",
				     "time_wait", "close",	 "close_wait", "last_ack", "listen",	"closing"};

/* "0100007F" or four such words. */
static bool read_addr(const char *hex, struct addr *out)
{
	size_t words = strlen(hex) / WORD;
	uint32_t wire[4];

	if (words != 1 && words != 4)
		return false;
	for (size_t i = 0; i < words; i++) {
		char word[WORD + 1];

		snprintf(word, sizeof(word), "%s", hex + i * WORD);
		wire[i] = (uint32_t)strtoul(word, NULL, 16);
	}
	*out = addr_wire(words == 1 ? 4 : 6, wire);
	return true;
}

static bool read_line(const char *line, bool udp, struct triage_socket *out)
{
	char local[33], remote[33];
	unsigned local_port, remote_port, state, uid;
	uint64_t inode;

	if (sscanf(line, " %*[0-9]: %32[0-9A-F]:%4X %32[0-9A-F]:%4X %2X %*s %*s %*s %u %*u %" SCNu64, local,
		   &local_port, remote, &remote_port, &state, &uid, &inode) != 7)
		return false;
	*out = (struct triage_socket){.inode = inode,
				      .local_port = (uint16_t)local_port,
				      .remote_port = (uint16_t)remote_port,
				      .state = (uint8_t)state,
				      .udp = udp,
				      .uid = uid};
	return state < sizeof(states) / sizeof(states[0]) && read_addr(local, &out->local) &&
	       read_addr(remote, &out->remote);
}

static void read_table(struct triage *c, const char *path, struct triage_sockets *s)
{
	int fd = openat(c->proc, path, O_RDONLY | O_CLOEXEC);
	FILE *file = fd >= 0 ? fdopen(fd, "r") : NULL;
	char line[512];

	while (file && fgets(line, sizeof(line), file)) {
		struct triage_socket one;

		if (!read_line(line, strstr(path, "udp") != NULL, &one))
			continue;
		if (s->count < TRIAGE_SOCKETS_MAX)
			s->list[s->count++] = one;
		else
			s->more++;
	}
	if (file)
		fclose(file);
	else if (fd >= 0)
		close(fd);
}

static int by_inode(const void *a, const void *b)
{
	uint64_t x = ((const struct triage_socket *)a)->inode, y = ((const struct triage_socket *)b)->inode;

	return x < y ? -1 : x > y;
}

void triage_sockets_read(struct triage *c, struct triage_sockets *s)
{
	s->count = s->more = 0;
	read_table(c, "self/net/tcp", s);
	read_table(c, "self/net/tcp6", s);
	read_table(c, "self/net/udp", s);
	read_table(c, "self/net/udp6", s);
	qsort(s->list, s->count, sizeof(s->list[0]), by_inode);
}

void triage_sockets_own(struct triage_sockets *s, uint64_t inode, const struct process_sample *owner)
{
	const struct triage_socket key = {.inode = inode};
	struct triage_socket *found = bsearch(&key, s->list, s->count, sizeof(s->list[0]), by_inode);

	if (!found || found->pid || inode == 0)
		return;
	found->pid = owner->pid;
	memcpy(found->name, owner->name, sizeof(found->name));
}

/* "local" and "local_port", say. */
static void put_end(struct json *j, const char *which, const struct addr *addr, uint16_t port)
{
	char text[ADDR_TEXT_MAX], key[32];

	json_member(j, which, str_from(addr_text(addr, text)));
	snprintf(key, sizeof(key), "%s_port", which);
	json_key(j, key);
	json_u64(j, port);
}

static bool listens(const struct triage_socket *s)
{
	return s->udp ? s->state == STATE_CLOSE : s->state == STATE_LISTEN;
}

static void put_row(struct triage *c, const struct triage_socket *s)
{
	struct json *j = triage_row(c);

	json_member(j, "protocol", str_from(s->udp ? "udp" : "tcp"));
	put_end(j, "local", &s->local, s->local_port);
	if (!listens(s)) {
		put_end(j, "remote", &s->remote, s->remote_port);
		json_member(j, "state", str_from(states[s->state]));
	}
	json_key(j, "uid");
	json_u64(j, s->uid);
	if (s->pid) {
		json_key(j, "pid");
		json_u64(j, s->pid);
		json_member(j, "name", (struct str){s->name, strnlen(s->name, sizeof(s->name))});
	}
	triage_row_end(c);
}

static void write_table(struct triage *c, const struct triage_sockets *s, bool listening)
{
	triage_table(c, listening ? "listeners.jsonl" : "connections.jsonl");
	for (unsigned i = 0; i < s->count; i++)
		if (listens(&s->list[i]) == listening)
			put_row(c, &s->list[i]);
	c->left += listening ? 0 : s->more;
	triage_table_end(c);
}

void triage_sockets_write(struct triage *c, const struct triage_sockets *s)
{
	write_table(c, s, true);
	write_table(c, s, false);
}
