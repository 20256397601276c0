/* SPDX-License-Identifier: Apache-2.0 */
/* Leaves a wish of root's where the actor reads it, and asks the guard to look. Judges none. */
#include "agent/cli/local_wish.h"

#include "agent/cli/command.h"
#include "agent/cli/local_client.h"
#include "agent/cli/show.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int fail(const char *what, const char *why)
{
	fprintf(stderr, "caltrop: %s: %s\n", what, why);
	return COMMAND_FAILED;
}

/* By rename, so that the guard never reads half of it. */
static int put(const struct local_wish *w, struct str bytes)
{
	char fresh[64];
	bool good;
	int fd;

	snprintf(fresh, sizeof(fresh), "%s.new", w->file);
	fd = openat(w->dir, fresh, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
	good = fd >= 0 && write(fd, bytes.data, bytes.len) == (ssize_t)bytes.len;
	if (fd >= 0)
		close(fd);
	if (good && renameat(w->dir, fresh, w->dir, w->file) == 0)
		return COMMAND_OK;
	return fail(w->file, strerror(errno));
}

static int print_answer(struct str rows)
{
	struct str error = show_find(rows, "error"), ok = show_find(rows, "ok");
	char text[256];

	show_field(error.data ? error : ok, "text", text, sizeof(text));
	if (!error.data && ok.data) {
		puts(text);
		return COMMAND_OK;
	}
	return fail("the guard", error.data ? text : "its answer ends before it is complete");
}

int local_wish_ask(const struct local_wish *w, struct str bytes)
{
	char socket[SETTINGS_PATH_MAX + 16];
	struct str rows;
	enum err err;
	int code = put(w, bytes);

	if (code != COMMAND_OK)
		return code;
	snprintf(socket, sizeof(socket), "%s/caltrop.sock", w->settings->run_dir);
	err = local_client_ask(socket, w->request, &rows);
	if (err == ERR_OK) {
		code = print_answer(rows);
		free((void *)rows.data);
	} else {
		fprintf(stderr, "caltrop: %s: %s\n", socket, err == ERR_NOT_FOUND ? "no guard answers" : err_text(err));
		code = COMMAND_UNREACHABLE;
	}
	/* A wish that was not heard is not to be carried out later. */
	(void)unlinkat(w->dir, w->file, 0);
	return code;
}
