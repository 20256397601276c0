/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `caltrop-server migrate`, and the same at the start of `run` by root. The directory is still writable by the user
 * that is not trusted any more, so everything goes by descriptors and no link is followed.
 */
#include "server-stub/shell/migrate.h"

#include "agent/base/buf.h"
#include "agent/base/say.h"
#include "agent/base/users.h"
#include "server-stub/fleet/fleet_conf.h"
#include "server-stub/fleet/fleet_file.h"
#include "server-stub/shell/command.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static const char conf_name[] = "server.conf";

static enum err fail(char error[MIGRATE_ERROR_MAX], const char *what)
{
	int number = errno;

	snprintf(error, MIGRATE_ERROR_MAX, "%.160s cannot be handed over: %s", what, strerror(number));
	return err_from_errno(number);
}

static bool give(int fd, const struct stat *st, const struct migrate *m)
{
	gid_t gid = st->st_gid == m->from.gid ? m->to.gid : (gid_t)-1;

	return fchownat(fd, "", m->to.uid, gid, AT_EMPTY_PATH) == 0;
}

/* A second name of a plain file may stand anywhere: it is not the fleet's alone. */
static enum err give_file(int dir, const char *name, const struct migrate *m, struct migrate_done *done)
{
	int fd = openat(dir, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;
	enum err err = ERR_OK;

	if (fd < 0)
		return errno == ENOENT ? ERR_OK : err_from_errno(errno);
	if (fstat(fd, &st) != 0) {
		err = err_from_errno(errno);
	} else if (st.st_uid == m->from.uid && S_ISREG(st.st_mode) && st.st_nlink == 1) {
		if (give(fd, &st, m))
			done->owners++;
		else
			err = err_from_errno(errno);
	} else if (st.st_uid == m->from.uid) {
		done->left++;
		str_show(str_from(name), done->left_name, sizeof(done->left_name));
	}
	close(fd);
	return err;
}

static enum err give_files(int dir, const struct migrate *m, struct migrate_done *done)
{
	int copy = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *list = copy >= 0 ? fdopendir(copy) : NULL;
	const struct dirent *entry;
	enum err err = ERR_OK;

	if (!list) {
		err = err_from_errno(errno);
		if (copy >= 0)
			close(copy);
		return err;
	}
	while (err == ERR_OK && (entry = readdir(list)) != NULL)
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			err = give_file(dir, entry->d_name, m, done);
	closedir(list);
	return err;
}

/* [server] user becomes another; every other byte stays. */
static void rename_user(struct str text, const struct migrate *m, struct buf *out)
{
	bool in_server = false;

	while (!str_empty(text)) {
		struct str line = str_cut(&text, '\n'), value = line;
		struct str key = str_trim(str_cut(&value, '='));

		if (str_starts(str_trim(line), STR("[")))
			in_server = str_equal(str_trim(line), STR("[server]"));
		if (in_server && str_equal(key, STR("user")) && str_equal(str_trim(value), str_from(m->from.name)))
			buf_printf(out, "user = %s\n", m->to.name);
		else
			buf_printf(out, "%.*s\n", (int)line.len, line.data);
	}
}

static enum err change_conf(const struct migrate *m, char error[MIGRATE_ERROR_MAX])
{
	static char text[FLEET_FILE_MAX], fresh[FLEET_FILE_MAX];
	static struct fleet_conf conf;
	const struct fleet_file file = {m->dir, conf_name};
	struct buf b = buf_over(fresh, sizeof(fresh));
	char why[FLEET_CONF_ERROR_MAX], path[FLEET_FILE_PATH_MAX];
	size_t len;
	enum err err = fleet_file_read(file, text, sizeof(text), &len);

	if (err == ERR_OK) {
		rename_user((struct str){text, len}, m, &b);
		err = buf_check(&b);
	}
	if (err == ERR_OK)
		err = fleet_conf_read(buf_str(&b), &conf, why);
	if (err == ERR_OK && strcmp(conf.user, m->to.name) != 0)
		err = ERR_INVALID;
	if (err == ERR_OK)
		err = fleet_file_replace(file, buf_str(&b), 0600);
	if (err == ERR_OK)
		err = fleet_file_path(file, path);
	if (err == ERR_OK && lchown(path, m->to.uid, m->to.gid) != 0)
		err = err_from_errno(errno);
	if (err != ERR_OK)
		snprintf(error, MIGRATE_ERROR_MAX, "%.120s/%s: cannot be changed to user = %s: %s", m->dir, conf_name,
			 m->to.name, err_text(err));
	return err;
}

static bool names(const struct fleet_conf *conf, const struct migrate_user *user)
{
	return strcmp(conf->user, user->name) == 0;
}

/* Whether it is the old user's: by name, or by its owner where no name says otherwise. */
static bool is_old(const struct migrate *m, const struct fleet_conf *conf, const struct stat *dir)
{
	return names(conf, &m->from) || ((conf->user[0] == '\0' || names(conf, &m->to)) && dir->st_uid == m->from.uid);
}

/*
 * Files, directory, settings: once the directory is the new user's, the old one cannot put another file in the place of
 * server.conf; and wherever this ends early, is_old says so the next time.
 */
static enum err hand_over(int dir, const struct migrate *m, struct migrate_done *done, char error[MIGRATE_ERROR_MAX])
{
	static struct fleet_conf conf;
	struct stat st;
	enum err err = fleet_conf_load(m->dir, &conf, error);

	if (err != ERR_OK)
		return err;
	if (fstat(dir, &st) != 0)
		return fail(error, m->dir);
	if (!is_old(m, &conf, &st))
		return ERR_OK;
	if (flock(dir, LOCK_EX | LOCK_NB) != 0) {
		snprintf(error, MIGRATE_ERROR_MAX, "%.160s: a running caltrop-server has it; stop that first", m->dir);
		return ERR_BUSY;
	}
	err = give_files(dir, m, done);
	if (err != ERR_OK) {
		snprintf(error, MIGRATE_ERROR_MAX, "%.160s cannot be handed over: %s", m->dir, err_text(err));
		return err;
	}
	if (st.st_uid == m->from.uid) {
		if (!give(dir, &st, m))
			return fail(error, m->dir);
		done->owners++;
	}
	if (names(&conf, &m->from))
		err = change_conf(m, error);
	done->conf = err == ERR_OK && names(&conf, &m->from);
	return err;
}

enum err migrate_fleet(const struct migrate *m, struct migrate_done *done, char error[MIGRATE_ERROR_MAX])
{
	int dir = open(m->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	enum err err;

	memset(done, 0, sizeof(*done));
	error[0] = '\0';
	if (dir < 0)
		return fail(error, m->dir);
	err = hand_over(dir, m, done, error);
	close(dir);
	return err;
}

static bool find_user(const char *name, struct migrate_user *out)
{
	const struct passwd *user = getpwnam(name);

	if (!user)
		return false;
	*out = (struct migrate_user){name, user->pw_uid, user->pw_gid};
	return true;
}

/* Nobody can do it now: say what would help, where it is needed. */
static void advise(const struct migrate *m)
{
	static struct fleet_conf conf;
	char error[FLEET_CONF_ERROR_MAX];
	struct stat st;

	if (fleet_conf_load(m->dir, &conf, error) != ERR_OK || stat(m->dir, &st) != 0 || !is_old(m, &conf, &st))
		return;
	say(SAY_WARNING,
	    "%s is the guard's user's ('%s'): who takes over a guard's core here can read the fleet's keys. Make the "
	    "user '%s' (systemd-sysusers does) and have root run `caltrop-server migrate`",
	    m->dir, m->from.name, m->to.name);
}

enum err migrate_default(const char *dir, char error[MIGRATE_ERROR_MAX])
{
	struct migrate m = {.dir = dir, .to = {.name = USERS_SERVICE}};
	struct migrate_done done;
	enum err err;

	if (!find_user(USERS_GUARD, &m.from))
		return ERR_OK;
	if (!find_user(USERS_SERVICE, &m.to) || geteuid() != 0) {
		advise(&m);
		return ERR_OK;
	}
	err = migrate_fleet(&m, &done, error);
	if (done.owners > 0 || done.conf)
		say(SAY_NOTICE, "%s was of the guard's user '%s' and is now of '%s': %u owners changed%s", dir,
		    m.from.name, m.to.name, done.owners, done.conf ? ", and [server] user in server.conf" : "");
	if (done.left > 0)
		say(SAY_WARNING, "%s: left to '%s', since they are no plain files of one name: %u, such as '%s'", dir,
		    m.from.name, done.left, done.left_name);
	return err;
}

int migrate_command(int argc, char **argv)
{
	static const char help[] =
		"usage: caltrop-server migrate [--dir DIR]\n\n"
		"  --dir DIR   the fleet (" COMMAND_DIR_DEFAULT ")\n\n"
		"Hands a fleet that was made for the guard's user, caltrop, over to the service's own user,\n"
		"caltrop-server. Only root can, while the service does not run. A fleet of anybody else is not\n"
		"touched. The units do this before each start.\n";
	static const struct option known[] = {
		{"dir", required_argument, NULL, 'd'},
		{"help", no_argument, NULL, 'h'},
		{NULL, 0, NULL, 0},
	};
	const char *dir = COMMAND_DIR_DEFAULT;
	char error[MIGRATE_ERROR_MAX] = "";
	int option;
	enum err err;

	while ((option = getopt_long(argc, argv, "", known, NULL)) != -1) {
		if (option != 'd') {
			fputs(help, option == 'h' ? stdout : stderr);
			return option == 'h' ? COMMAND_OK : COMMAND_USAGE;
		}
		dir = optarg;
	}
	if (optind < argc)
		return command_misused("migrate", "unexpected argument", argv[optind]);
	if (geteuid() != 0) {
		fputs("caltrop-server migrate: only root can change owners\n", stderr);
		return COMMAND_FAILED;
	}
	err = migrate_default(dir, error);
	if (err == ERR_OK)
		return COMMAND_OK;
	fprintf(stderr, "caltrop-server migrate: %s\n", error);
	return err == ERR_BUSY ? COMMAND_FAILED : COMMAND_CONFIG;
}
