/* SPDX-License-Identifier: Apache-2.0 */
/* Asks the core, confines itself, collects, and ends. */
#include "agent/actor/triage/triage_main.h"

#include "agent/actor/sys/confine_child.h"
#include "agent/actor/triage/triage_file.h"
#include "agent/actor/triage/triage_known.h"
#include "agent/actor/triage/triage_processes.h"
#include "agent/actor/triage/triage_sockets.h"
#include "agent/base/clock.h"
#include "agent/base/ini.h"

#include <linux/capability.h>

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#define NICE 10
#define LONGEST_S 50u		    /* the verb waits for a minute */
#define HASHING_US (20 * SECOND_US) /* of programs, so that all else finds its time */
#define AUTHOR "caltropd"

static struct settings settings;
static struct triage triage;
static struct collect_ask ask;

static _Noreturn void end(enum err err, const char *why)
{
	struct collect_answer answer;

	memset(&answer, 0, sizeof(answer));
	answer.err = (uint8_t)err;
	snprintf(answer.why, sizeof(answer.why), "%s", why);
	(void)!write(COLLECT_FD_ANSWER, &answer, sizeof(answer));
	/* Nothing that is registered for the end may run in the sandbox. */
	_exit(0);
}

static void read_settings(void)
{
	static char text[INI_BYTES_MAX];
	struct ini_error error;
	ssize_t got = pread(COLLECT_FD_SETTINGS, text, sizeof(text), 0);

	settings_default(&settings);
	if (got <= 0 || settings_read(&settings, (struct str){text, (size_t)got}, &error) != ERR_OK)
		end(ERR_IO, "the collection has no settings");
}

/* Reading what is others' and looking into their processes is all that is left of root. */
static bool close_rights(void)
{
	const uint32_t kept = UINT32_C(1) << CAP_DAC_READ_SEARCH | UINT32_C(1) << CAP_SYS_PTRACE;

	if (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) != 0 || setgroups(0, NULL) != 0 ||
	    setresgid(ask.gid, ask.gid, ask.gid) != 0 || setresuid(ask.uid, ask.uid, ask.uid) != 0)
		return false;
	return confine_child_rights(kept);
}

/* The head has one length, whatever the hash and the size. */
static size_t encode_head(const struct object *object, uint8_t memory[OBJECT_WAITING_HEAD + OBJECT_STATEMENT_MAX])
{
	uint8_t statement[OBJECT_STATEMENT_MAX];
	struct buf s = buf_over(statement, sizeof(statement));
	struct buf head = buf_over(memory, OBJECT_WAITING_HEAD + OBJECT_STATEMENT_MAX);

	if (object_encode(&s, object) != ERR_OK)
		end(ERR_INVALID, "the bundle's statement is none");
	object_waiting_head(&head, buf_str(&s));
	return head.len;
}

static struct object describe(void)
{
	struct object o = {.kind = object_kind_named(COLLECT_KIND)->number,
			   .version = ask.wall_s > 0 ? (uint64_t)ask.wall_s : 1,
			   .created_s = ask.wall_s > 0 ? ask.wall_s : 0};

	snprintf(o.name, sizeof(o.name), "%s", ask.name);
	snprintf(o.author, sizeof(o.author), AUTHOR);
	return o;
}

static enum err fill(const struct triage_known *known, char why[COLLECT_WHY_MAX])
{
	static struct triage_sockets sockets;

	/* First what was asked for by name: if that cannot be had, nothing is sent. */
	enum err err = ask.path[0] ? triage_file(&triage, ask.path, why) : ERR_OK;

	if (err != ERR_OK)
		return err;
	triage_sockets_read(&triage, &sockets);
	triage_processes(&triage, &sockets);
	triage_sockets_write(&triage, &sockets);
	triage_known_write(&triage, known);
	return ERR_OK;
}

static enum err make(const struct triage_known *known, char why[COLLECT_WHY_MAX])
{
	uint8_t head[OBJECT_WAITING_HEAD + OBJECT_STATEMENT_MAX];
	struct object object = describe();
	size_t head_len = encode_head(&object, head);
	char *memory = malloc(TRIAGE_MEMORY);
	enum err err = ERR_OK;

	if (!memory)
		return ERR_NO_MEMORY;
	if (lseek(COLLECT_FD_OUT, (off_t)head_len, SEEK_SET) < 0)
		err = err_from_errno(errno);
	triage.hash_until_us = clock_awake_us() + HASHING_US;
	if (err == ERR_OK)
		err = triage_begin(&triage, COLLECT_FD_OUT, memory);
	if (err == ERR_OK)
		err = fill(known, why);
	if (err == ERR_OK)
		err = triage_end(&triage, object.sha256);
	free(memory);
	if (err != ERR_OK)
		return err;
	object.size = (uint32_t)triage.bundle.bytes;
	if (pwrite(COLLECT_FD_OUT, head, encode_head(&object, head), 0) != (ssize_t)head_len ||
	    fsync(COLLECT_FD_OUT) != 0)
		err = err_from_errno(errno);
	return err;
}

_Noreturn void triage_main(void)
{
	static struct triage_known known;
	char why[COLLECT_WHY_MAX] = "";
	char *memory;
	enum err err;

	if (read(COLLECT_FD_ASK, &ask, sizeof(ask)) != (ssize_t)sizeof(ask))
		end(ERR_IO, "the collection was asked for nothing");
	close(COLLECT_FD_ASK);
	(void)alarm(LONGEST_S);
	(void)setpriority(PRIO_PROCESS, 0, NICE);
	read_settings();
	triage.ask = &ask;
	triage.settings = &settings;
	triage.proc = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	memory = malloc(TRIAGE_KNOWN_MEMORY);
	if (!memory || triage.proc < 0)
		end(ERR_NO_MEMORY, "there is no memory, or no /proc");
	triage_known_ask(&known, &settings, memory);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0 || !close_rights() ||
	    prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0 || !confine_child_calls())
		end(ERR_DENIED, "the collection cannot be confined");
	err = make(&known, why);
	end(err, why);
}
