/* SPDX-License-Identifier: Apache-2.0 */
/* Tables of names and folders; whoever has a base system of other names is protected by who runs from the file. */
#include "agent/actor/rails/rails_file.h"

#include "proto/verb.h"

#include "agent/common/message.h"

#include <stdio.h>
#include <string.h>

static enum err refuse(char why[RAILS_FILE_WHY_MAX], const char *what)
{
	snprintf(why, RAILS_FILE_WHY_MAX, "%s", what);
	return ERR_PROTECTED;
}

/* Whether the path is of something below the directory. */
static bool is_below(const char *dir, const char *path)
{
	size_t len = strlen(dir);

	while (len > 0 && dir[len - 1] == '/')
		len--;
	return len > 0 && strncmp(dir, path, len) == 0 && path[len] == '/';
}

static bool is_below_one(const char *const *dirs, const char *path)
{
	for (; *dirs; dirs++)
		if (is_below(*dirs, path))
			return true;
	return false;
}

static const char *name_of(const char *path)
{
	return strrchr(path, '/') + 1;
}

static bool is_own(const struct settings *s, const char *path)
{
	return is_below(s->state_dir, path) || is_below(s->run_dir, path) || is_below("/etc/caltrop", path) ||
	       strcmp(s->core, path) == 0;
}

const char *const rails_file_accounts[] = {"passwd", "shadow",	      "group",	    "gshadow", "sudoers", "securetty",
					   "shells", "nsswitch.conf", "login.defs", "inittab", "fstab",	  "environment",
					   NULL};
const char *const rails_file_account_dirs[] = {"/etc/ssh",	"/etc/dropbear",  "/etc/pam.d",
					       "/etc/security", "/etc/sudoers.d", NULL};

static bool says_who(const struct settings *s, const char *path)
{
	const char *slash = strrchr(s->shadow, '/');
	size_t etc = slash ? (size_t)(slash - s->shadow) : 0;

	if (strcmp(s->shadow, path) == 0 || is_below_one(rails_file_account_dirs, path))
		return true;
	for (const char *const *name = rails_file_accounts; *name; name++) {
		if (is_below("/etc", path) && strcmp(path + strlen("/etc/"), *name) == 0)
			return true;
		if (etc > 0 && strncmp(s->shadow, path, etc) == 0 && path[etc] == '/' &&
		    strcmp(path + etc + 1, *name) == 0)
			return true;
	}
	return false;
}

static const char *const system_dirs[] = {"/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32",   "/usr",    "/boot",
					  "/etc", "/proc", "/sys", "/dev",   "/rom",   "/firmware", "/vendor", NULL};
/* Where an administrator, or an attacker, puts programs of his own. */
static const char *const local_dirs[] = {"/usr/local", "/dev/shm", NULL};

static bool is_system(const char *path)
{
	return is_below_one(system_dirs, path) && !is_below_one(local_dirs, path);
}

/* What starting, logging in and running anything at all takes. */
static bool is_base(const char *path)
{
	static const char *const names[] = {
		"sh",	    "bash",	     "dash",	    "ash",	  "busybox", "toybox",	     "init",
		"systemd",  "procd",	     "openrc",	    "openrc-run", "sshd",    "sshd-session", "sshd-auth",
		"dropbear", "dropbearmulti", "login",	    "sulogin",	  "getty",   "agetty",	     "su",
		"sudo",	    "mount",	     "ip",	    "ifconfig",	  "ld.so",   "systemctl",    "systemd-logind",
		"udevd",    "systemd-udevd", "dbus-daemon", "ubusd",	  "netifd",  "rcS"};
	static const char *const beginnings[] = {"libc.",      "libc-",	  "ld-",    "libpam",	   "libcrypt",
						 "libcrypto.", "libssl.", "libz.",  "libselinux.", "libaudit.",
						 "libsystemd", "libnss_", "libuv.", "libmbed",	   "pam_",
						 "vmlinu",     "initrd"};
	const char *name = name_of(path);

	if (!is_system(path))
		return false;
	for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(name, names[i]) == 0)
			return true;
	for (unsigned i = 0; i < sizeof(beginnings) / sizeof(beginnings[0]); i++)
		if (strncmp(name, beginnings[i], strlen(beginnings[i])) == 0)
			return true;
	return is_below("/boot", path) || is_below("/lib/modules", path) || is_below("/usr/lib/modules", path);
}

static bool is_key_file(const char *path)
{
	return strstr(path, "/.ssh/") != NULL || strncmp(name_of(path), "authorized_keys", 15) == 0;
}

enum err rails_file(const struct settings *s, const char *path, uint8_t origin, char why[RAILS_FILE_WHY_MAX])
{
	if (is_own(s, path))
		return refuse(why, "it is the guard's own");
	if (says_who(s, path))
		return refuse(why, "it says who has an account and how people log in");
	if (is_key_file(path))
		return refuse(why, "it is for somebody's SSH keys; reset or lock the account");
	if (is_base(path))
		return refuse(why, "starting the device and logging in take it");
	if (message_by_itself(origin) && is_system(path))
		return refuse(why, "it is in a directory of the system; only an order may do that");
	return ERR_OK;
}
