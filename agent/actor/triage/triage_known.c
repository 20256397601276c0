/* SPDX-License-Identifier: Apache-2.0 */
/* Asks before this process is confined, and reads the answers' rows when it is. */
#include "agent/actor/triage/triage_known.h"

#include "agent/base/clock.h"
#include "agent/base/rows.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define WAIT_US (2 * SECOND_US) /* for each answer */

static const struct {
	const char *request, *file;
} questions[] = {
	{"table sessions\n", "guard/sessions.jsonl"},
	{"incidents\n", "guard/incidents.jsonl"},
	{"effects\n", "guard/effects.jsonl"},
	{"bans\n", "guard/bans.jsonl"},
	{"health\n", "guard/health.jsonl"},
	{"status\n", "guard/status.jsonl"},
	{"table exposures\n", "guard/exposures.jsonl"},
};

_Static_assert(sizeof(questions) / sizeof(questions[0]) == TRIAGE_KNOWN_MAX, "each has its memory");

static int reach(const struct settings *settings)
{
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int len = snprintf(to.sun_path, sizeof(to.sun_path), "%s/caltrop.sock", settings->run_dir);

	if (fd < 0 || (len < (int)sizeof(to.sun_path) && connect(fd, (const struct sockaddr *)&to, sizeof(to)) == 0))
		return fd;
	close(fd);
	return -1;
}

/* As much as comes in time and has room. */
static struct str ask(int fd, const char *request, char *memory)
{
	int64_t until_us = clock_mono_us() + WAIT_US, left_us;
	struct pollfd wait = {fd, POLLIN, 0};
	size_t len = 0;
	ssize_t got = send(fd, request, strlen(request), MSG_NOSIGNAL);

	while (got > 0 && len < TRIAGE_KNOWN_BYTES && (left_us = until_us - clock_mono_us()) > 0) {
		if (poll(&wait, 1, (int)(left_us / MS_US) + 1) <= 0)
			break;
		got = recv(fd, memory + len, TRIAGE_KNOWN_BYTES - len, 0);
		len += got > 0 ? (size_t)got : 0;
	}
	return (struct str){memory, len};
}

void triage_known_ask(struct triage_known *t, const struct settings *settings, char *memory)
{
	for (unsigned i = 0; i < TRIAGE_KNOWN_MAX; i++) {
		int fd = reach(settings);

		t->answers[i] = STR_NONE;
		if (fd < 0)
			continue;
		t->answers[i] = ask(fd, questions[i].request, memory + i * TRIAGE_KNOWN_BYTES);
		close(fd);
	}
}

static bool is_integer(struct str s)
{
	uint64_t value;

	(void)str_take(&s, STR("-"));
	return str_number(s, INT64_MAX, &value) == ERR_OK && (s.len == 1 || s.data[0] != '0');
}

static void put_value(struct json *j, const struct rows_field *f)
{
	static char text[TRIAGE_ROW_MAX];
	struct buf b = buf_over(text, sizeof(text));
	uint64_t wall_us;

	if (f->kind == '@') {
		if (str_number(f->value, INT64_MAX, &wall_us) == ERR_OK && wall_us > 0)
			clock_put_utc(&b, (int64_t)wall_us);
		json_str(j, b.len > 0 ? buf_str(&b) : f->value);
	} else if (f->kind == '=' && rows_unescape(&b, f->value) == ERR_OK) {
		json_str(j, buf_str(&b));
	} else if (f->kind == '?') {
		json_bool(j, str_equal(f->value, STR("true")));
	} else if (f->kind == '#' && is_integer(f->value)) {
		json_raw(j, f->value);
	} else {
		json_str(j, f->value);
	}
}

/* What the core said may be anything: what is no row ends it. */
static void put_row(struct triage *c, struct str row)
{
	struct str type = rows_type(&row);
	struct json *j = triage_row(c);
	struct rows_field f;

	json_member(j, "type", type);
	while (rows_next(&row, &f) == ERR_OK) {
		json_key_str(j, f.name);
		put_value(j, &f);
	}
	triage_row_end(c);
}

void triage_known_write(struct triage *c, const struct triage_known *t)
{
	for (unsigned i = 0; i < TRIAGE_KNOWN_MAX; i++) {
		struct str rows = t->answers[i];

		triage_table(c, questions[i].file);
		while (!str_empty(rows)) {
			struct str row = str_cut(&rows, '\n');

			if (!str_empty(row) && !str_starts(row, STR("ok\t")))
				put_row(c, row);
		}
		triage_table_end(c);
	}
}
