/* SPDX-License-Identifier: Apache-2.0 */
/* Hands a file to the guard. Runs as root; the copy becomes the guard's user's. It never waits for the service. */
#include "agent/cli/send.h"

#include "agent/base/clock.h"
#include "agent/base/key.h"
#include "agent/base/regular.h"
#include "agent/cli/command.h"
#include "agent/cli/local_client.h"
#include "agent/cli/state_dir.h"
#include "agent/common/settings_files.h"
#include "agent/shell/file.h"
#include "proto/object.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define KIND "upload"

static const char help[] =
	"usage: caltrop local send FILE [--name NAME] [-c FILE]\n"
	"Have the guard send a copy of FILE to the service, as root. The copy waits on this device until the\n"
	"service has it.\n\n"
	"  -n, --name NAME    its name at the service (default: that of FILE)\n"
	"  -c, --config FILE  read the guard's configuration from FILE and FILE.d/*.conf\n"
	"  -h, --help         print this text\n"
	"examples:\n"
	"  caltrop local send /tmp/triage.tar\n"
	"  caltrop local send /tmp/x.tar --name triage-4711.tar\n";

struct send {
	const char *file, *name, *config;
	struct settings settings;
	uid_t uid;
	gid_t gid;
	int dir; /* the core's */
	struct object object;
	struct buf bytes; /* what the spool's file will hold; memory of its own */
};

static int fail(const char *what, const char *why)
{
	fprintf(stderr, "caltrop: %s: %s\n", what, why);
	return COMMAND_FAILED;
}

/* -1: go on, else the exit code. */
static int read_options(struct send *s, int argc, char **argv)
{
	static const struct option longs[] = {{"name", required_argument, NULL, 'n'},
					      {"config", required_argument, NULL, 'c'},
					      {"help", no_argument, NULL, 'h'},
					      {NULL, 0, NULL, 0}};

	for (int option; (option = getopt_long(argc, argv, "n:c:h", longs, NULL)) != -1;) {
		if (option == 'n')
			s->name = optarg;
		else if (option == 'c')
			s->config = optarg;
		else
			return fputs(help, option == 'h' ? stdout : stderr), option == 'h' ? COMMAND_OK : COMMAND_USAGE;
	}
	if (argc - optind != 1)
		return fputs(help, stderr), COMMAND_USAGE;
	s->file = argv[optind];
	return -1;
}

static int open_spool(struct send *s)
{
	char message[SETTINGS_FILES_MESSAGE_MAX];
	const struct passwd *user;

	if (settings_files_read(&s->settings, s->config, message) != ERR_OK) {
		fprintf(stderr, "caltrop: %s\n", message);
		return COMMAND_FAILED;
	}
	user = getpwnam(s->settings.user);
	if (!user)
		return fail(s->settings.user, "there is no such user; see [guard] user");
	s->uid = user->pw_uid;
	s->gid = user->pw_gid;
	return state_dir_open(&s->settings, "core", &s->dir);
}

/* The bytes that wait already. */
static uint64_t waiting(const struct send *s)
{
	int fd = openat(s->dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *list = fd >= 0 ? fdopendir(fd) : NULL;
	uint64_t bytes = 0;
	struct stat st;

	for (struct dirent *e; list && (e = readdir(list)) != NULL;)
		if (object_is_waiting(e->d_name) && fstatat(fd, e->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0)
			bytes += (uint64_t)st.st_size;
	if (list)
		closedir(list);
	else if (fd >= 0)
		close(fd);
	return bytes;
}

/* The file's bytes behind room for the head. */
static int load(struct send *s, int fd, const struct stat *st)
{
	size_t head = OBJECT_WAITING_HEAD + OBJECT_STATEMENT_MAX, size = (size_t)st->st_size, at = 0;
	uint8_t *memory = malloc(head + size + 1);

	s->bytes = buf_over(memory, head + size);
	while (memory && at < size) {
		ssize_t n = read(fd, memory + head + at, size - at);

		if (n <= 0)
			break;
		at += (size_t)n;
	}
	if (at < size)
		return fail(s->file, memory ? "cannot be read whole" : "out of memory");
	s->object.size = (uint32_t)size;
	key_sha256(memory + head, size, s->object.sha256);
	return COMMAND_OK;
}

static int describe(struct send *s)
{
	const char *slash = strrchr(s->file, '/');
	char why[OBJECT_WHY_MAX];

	s->object.kind = object_kind_named(KIND)->number;
	s->object.created_s = clock_wall_s();
	s->object.version = s->object.created_s > 0 ? (uint64_t)s->object.created_s : 1;
	snprintf(s->object.name, sizeof(s->object.name), "%s", s->name ? s->name : slash ? slash + 1 : s->file);
	snprintf(s->object.author, sizeof(s->object.author), "caltrop local send");
	return object_check(&s->object, why) == ERR_OK ? COMMAND_OK : fail(s->file, why);
}

static int read_file(struct send *s)
{
	int fd, code = COMMAND_OK;
	struct stat st;
	enum err err = regular_follow(AT_FDCWD, s->file, O_RDONLY, &fd);

	if (err != ERR_OK || fstat(fd, &st) != 0)
		code = fail(s->file, err == ERR_OK || err == ERR_IO ? strerror(errno) : err_text(err));
	else if ((uint64_t)st.st_size + waiting(s) > s->settings.objects_bytes_max)
		code = fail(s->file, "with what waits to be sent it is more than [objects] size allows");
	else if ((uint64_t)st.st_size > object_kind_named(KIND)->bytes_max)
		code = fail(s->file, "is larger than what can be sent");
	else
		code = load(s, fd, &st);
	if (fd >= 0)
		close(fd);
	return code == COMMAND_OK ? describe(s) : code;
}

static int put(struct send *s)
{
	const struct file_owner owner = {s->uid, s->gid, 0600};
	uint8_t statement[OBJECT_STATEMENT_MAX], id[OBJECT_ID];
	struct buf b = buf_over(statement, sizeof(statement));
	char name[OBJECT_STAGED_MAX];
	size_t room = OBJECT_WAITING_HEAD + OBJECT_STATEMENT_MAX;
	enum err err = object_encode(&b, &s->object);

	if (err != ERR_OK)
		return fail(s->file, err_text(err));
	object_id(buf_str(&b), id);
	object_waiting_name(id, name);
	object_waiting_head(&s->bytes, buf_str(&b));
	/* The bytes come up behind the head. */
	memmove(s->bytes.data + s->bytes.len, s->bytes.data + room, s->object.size);
	s->bytes.len += s->object.size;
	err = file_put(s->dir, name, buf_str(&s->bytes), &owner);
	return err == ERR_OK ? COMMAND_OK : fail("cannot put it into the guard's spool", err_text(err));
}

static void say_put(const struct send *s)
{
	printf("%s waits here to be sent as \"%s\", %llu bytes\n", s->file, s->object.name,
	       (unsigned long long)s->object.size);
}

/* A guard that does not run finds it when it starts. */
static void wake(const struct send *s)
{
	char path[SETTINGS_PATH_MAX + 16];
	struct str answer = STR_NONE;

	snprintf(path, sizeof(path), "%s/caltrop.sock", s->settings.run_dir);
	if (local_client_ask(path, "objects", &answer) == ERR_OK)
		free((char *)(uintptr_t)answer.data);
	else
		fprintf(stderr, "caltrop: no guard runs here; it is sent when one does\n");
}

int send_main(int argc, char **argv)
{
	static struct send s;
	int code = read_options(&s, argc, argv);

	if (code >= 0)
		return code;
	code = open_spool(&s);
	if (code == COMMAND_OK)
		code = read_file(&s);
	if (code == COMMAND_OK)
		code = put(&s);
	if (code == COMMAND_OK) {
		say_put(&s);
		wake(&s);
	}
	free(s.bytes.data);
	return code;
}
