/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `caltrop-server restore`: puts a backup in the place of the fleet's store. What the store that was there knows of
 * revocations that is newer is taken over; where there is none, the restored one notes until when it knows. The store
 * that was there is kept beside it. Nothing is changed unless the backup is whole and of this fleet.
 */
#include "agent/base/clock.h"
#include "agent/base/key.h"
#include "agent/base/regular.h"
#include "server-stub/fleet/fleet.h"
#include "server-stub/fleet/fleet_file.h"
#include "server-stub/shell/command.h"
#include "server-stub/shell/sealing.h"
#include "server-stub/shell/storage.h"
#include "server-stub/store/registry.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define NEW STORAGE_NAME ".new"
#define BEFORE STORAGE_NAME ".before"
#define BEFORE_MAX 99 /* stores of former restores that are kept beside the store */

static const char help[] =
	"usage: caltrop-server restore [--dir DIR] --from FILE\n\n"
	"  --dir DIR     the fleet (" COMMAND_DIR_DEFAULT ")\n"
	"  --from FILE   a copy of its store that `caltrop-server backup` made; it is not changed\n\n"
	"Only while the service does not run. The store that was there stays beside the new one, as\n"
	"caltrop.db.before (or .before.2 and so on: none is ever written over), and what it knows that is newer\n"
	"of revoked, new and renewed devices and tokens is taken over. Where there was none, nobody knows who was "
	"revoked since the backup: the command says from\n"
	"when on, and devices that joined or renewed since wait until they are approved (caltrop device\n"
	"approve).\n\n"
	"  caltrop-server restore --from /backup/caltrop-monday.db\n";

struct restore {
	const char *dir, *from;
	struct fleet fleet;
	char path[FLEET_FILE_PATH_MAX], fresh[FLEET_FILE_PATH_MAX], before[FLEET_FILE_PATH_MAX];
	char before_name[sizeof(BEFORE) + sizeof(".4294967295")];
	struct store *old, *new;
	bool was_there; /* a store, of whatever use */
	int64_t latest_us;
	bool has_merged;
	struct registry_merged merged;
};

static int complain(const char *what, const char *why)
{
	fprintf(stderr, "caltrop-server restore: %s: %s\n", what, why);
	return COMMAND_FAILED;
}

static bool set_paths(struct restore *r)
{
	return fleet_file_path((struct fleet_file){r->dir, STORAGE_NAME}, r->path) == ERR_OK &&
	       fleet_file_path((struct fleet_file){r->dir, NEW}, r->fresh) == ERR_OK;
}

/* A database's write-ahead log belongs to it: it goes where the database goes, or away. */
static const char *const ends[] = {"", "-wal", "-shm"};

#define ENDS (sizeof(ends) / sizeof(ends[0]))

static void remove_with_side_files(const char *path)
{
	char name[FLEET_FILE_PATH_MAX + 8];

	for (size_t i = 0; i < ENDS; i++) {
		snprintf(name, sizeof(name), "%s%s", path, ends[i]);
		unlink(name);
	}
}

static bool is_taken(const char *path)
{
	char name[FLEET_FILE_PATH_MAX + 8];
	struct stat st;

	for (size_t i = 0; i < ENDS; i++) {
		snprintf(name, sizeof(name), "%s%s", path, ends[i]);
		if (lstat(name, &st) == 0 || errno != ENOENT)
			return true;
	}
	return false;
}

/* `to` must be free: a rename writes over what is there. */
static bool move_with_side_files(const char *from, const char *to)
{
	char a[FLEET_FILE_PATH_MAX + 8], b[FLEET_FILE_PATH_MAX + 8];

	for (size_t i = 0; i < ENDS; i++) {
		snprintf(a, sizeof(a), "%s%s", from, ends[i]);
		snprintf(b, sizeof(b), "%s%s", to, ends[i]);
		if (rename(a, b) != 0 && (errno != ENOENT || i == 0))
			return false;
	}
	return true;
}

/* The store of each restore before is kept. The lock of the fleet keeps another restore from taking the same name. */
static bool name_before(struct restore *r)
{
	for (unsigned int i = 1; i <= BEFORE_MAX; i++) {
		snprintf(r->before_name, sizeof(r->before_name), i == 1 ? BEFORE : BEFORE ".%u", i);
		if (fleet_file_path((struct fleet_file){r->dir, r->before_name}, r->before) != ERR_OK)
			return false;
		if (!is_taken(r->before))
			return true;
	}
	return false;
}

static enum err copy_bytes(int from, int to)
{
	static char bytes[1 << 16];
	ssize_t got;

	while ((got = read(from, bytes, sizeof(bytes))) > 0)
		for (ssize_t done = 0, put; done < got; done += put) {
			put = write(to, bytes + done, (size_t)(got - done));
			if (put < 0)
				return err_from_errno(errno);
		}
	return got < 0 || fsync(to) != 0 ? err_from_errno(errno) : ERR_OK;
}

/* For the owner of the fleet's directory. */
static enum err copy(const struct restore *r)
{
	int from, to = -1;
	struct stat st;
	enum err err = regular_follow(AT_FDCWD, r->from, O_RDONLY, &from);

	if (err == ERR_OK) {
		remove_with_side_files(r->fresh);
		to = open(r->fresh, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
		err = to < 0 ? err_from_errno(errno) : copy_bytes(from, to);
	}
	if (err == ERR_OK && geteuid() == 0 && (stat(r->dir, &st) != 0 || fchown(to, st.st_uid, st.st_gid) != 0))
		err = err_from_errno(errno);
	if (to >= 0)
		close(to);
	if (from >= 0)
		close(from);
	return err;
}

/* A store that is not this fleet's, or cannot be read, has nothing to say. */
static enum err join_old(struct restore *r)
{
	enum err err = store_open(r->path, r->fleet.id, &r->old);

	r->was_there = access(r->path, F_OK) == 0;
	if (err == ERR_BUSY || err == ERR_NO_SPACE || err == ERR_UNSUPPORTED)
		return err;
	if (err == ERR_OK)
		err = registry_merge(r->new, r->old, &r->merged);
	r->has_merged = err == ERR_OK;
	if (err == ERR_NO_SPACE)
		return err;
	return r->has_merged ? ERR_OK : store_gap_put(r->new, r->latest_us > 0 ? r->latest_us : 1);
}

static enum err prepare(struct restore *r, const char **what)
{
	enum err err = copy(r);

	*what = r->from;
	if (err == ERR_OK)
		err = store_open(r->fresh, r->fleet.id, &r->new);
	if (err == ERR_OK)
		err = store_check(r->new);
	if (err == ERR_OK)
		err = store_latest(r->new, &r->latest_us);
	if (err != ERR_OK)
		return err;
	*what = r->path;
	return join_old(r);
}

static const char *explain(enum err err)
{
	switch (err) {
	case ERR_FOREIGN: return "this is a store of another fleet";
	case ERR_CORRUPT: return "this is no store, or it is damaged";
	case ERR_UNSUPPORTED: return "a later version of caltrop-server made it";
	default: return err_text(err);
	}
}

static void tell(const struct restore *r)
{
	time_t latest_s = (time_t)(r->latest_us / SECOND_US);
	struct tm tm;
	char stamp[32] = "its beginning";

	if (r->latest_us > 0 && gmtime_r(&latest_s, &tm))
		strftime(stamp, sizeof(stamp), "%Y-%m-%dT%H:%M:%SZ", &tm);
	printf("Restored as of %s.", stamp);
	if (r->was_there)
		printf(" The store that was there is %s now.", r->before_name);
	putchar('\n');
	if (r->has_merged)
		printf("From the store that was there: %u newer revocations, %u new devices and tokens, %u renewed "
		       "certificates, %u devices let in again.\n",
		       r->merged.revoked, r->merged.added, r->merged.renewed, r->merged.let_in);
	else
		printf("Who was revoked after %s is not known: revoke them again. Devices that joined or renewed since "
		       "wait\nfor approval: caltrop device list --state pending\n",
		       stamp);
}

/* The old store away, the new one in its place; the old one stays in its place if that fails. */
static int exchange(const struct restore *r)
{
	int error;

	if (r->was_there && !move_with_side_files(r->path, r->before))
		return complain(r->path, strerror(errno));
	if (!r->was_there)
		remove_with_side_files(r->path);
	if (move_with_side_files(r->fresh, r->path)) {
		tell(r);
		return COMMAND_OK;
	}
	error = errno;
	if (r->was_there)
		move_with_side_files(r->before, r->path);
	return complain(r->fresh, strerror(error));
}

/* The secrets of second factors in the copy are sealed with the key that lies beside it. */
static bool take_key(const struct restore *r)
{
	bool taken;
	enum err err = sealing_restore(r->dir, r->from, &taken);

	if (err != ERR_OK) {
		remove_with_side_files(r->fresh);
		complain("the key of second factors beside the backup", err_text(err));
	} else if (taken) {
		printf("The key of second factors is the one beside the backup; one that was there is " FLEET_SEAL_FILE
		       ".before now.\n");
	}
	return err == ERR_OK;
}

static int restore(struct restore *r)
{
	const char *what;
	enum err err;

	if (!name_before(r))
		return complain(r->dir, "it has " BEFORE " and as many more of the kind as are kept; move some away");
	err = prepare(r, &what);

	/* Closing the last handle writes what is in the write-ahead log to the file. */
	store_close(r->old);
	store_close(r->new);
	if (err != ERR_OK) {
		remove_with_side_files(r->fresh);
		return complain(what, explain(err));
	}
	return take_key(r) ? exchange(r) : COMMAND_FAILED;
}

int restore_command(int argc, char **argv)
{
	static const struct option known[] = {
		{"dir", required_argument, NULL, 'd'},
		{"from", required_argument, NULL, 'f'},
		{"help", no_argument, NULL, 'h'},
		{NULL, 0, NULL, 0},
	};
	static struct restore r = {.dir = COMMAND_DIR_DEFAULT};
	char error[STORAGE_ERROR_MAX];
	const char *bad = NULL;
	int option, status;
	enum err err;

	while ((option = getopt_long(argc, argv, "", known, NULL)) != -1) {
		if (option != 'd' && option != 'f') {
			fputs(help, option == 'h' ? stdout : stderr);
			return option == 'h' ? COMMAND_OK : COMMAND_USAGE;
		}
		*(option == 'd' ? &r.dir : &r.from) = optarg;
	}
	if (optind < argc)
		return command_misused("restore", "unexpected argument", argv[optind]);
	if (!r.from)
		return command_misused("restore", "say which backup, by --from FILE", NULL);
	if (!set_paths(&r))
		return command_misused("restore", "this name is too long:", r.dir);
	err = fleet_load(r.dir, &r.fleet, &bad);
	if (err == ERR_NOT_FOUND)
		return complain(r.dir, "there is no fleet here; put its keys and server.conf back first");
	if (err != ERR_OK)
		return complain(bad ? bad : r.dir, err_text(err));
	status = storage_lock(r.dir, error) ? restore(&r)
					    : complain(r.dir, "a service runs on this fleet; stop it first");
	return status;
}
