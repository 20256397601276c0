/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Locks an account in shadow(5) and by its SSH keys, and takes that back. It looks first and remembers, so that what it
 * takes back is only its own, and it never keeps the lock of the account files over a call.
 */
#include "agent/actor/sys/lock.h"

#include "agent/actor/sys/shadow.h"
#include "agent/actor/sys/ways_files.h"
#include "agent/base/key.h"

#include <stdio.h>
#include <string.h>

_Static_assert(LOCK_WHY_MAX >= WAYS_WHY_MAX, "a reason fits");

#define FIELD_MAX 512 /* of a password field with the "!" and a NUL; crypt(5) writes at most 384 */

/* The account as it is now, and its files. */
struct found {
	struct account account;
	const char *path; /* of the file with its password */
};

static enum err find(const struct lock_job *job, struct found *out, char *why, size_t why_max)
{
	const char *shadow = job->settings->shadow;
	enum err err = account_find(job->settings, job->account, &out->account);

	out->path = out->account.in_passwd ? out->account.passwd : shadow;
	if (err == ERR_NOT_FOUND)
		snprintf(why, why_max, "there is no such account in %.50s", out->account.passwd);
	else if (err != ERR_OK)
		snprintf(why, why_max, "its line in %.40s could not be read: %s", out->account.passwd, err_text(err));
	return err;
}

static struct ssh_keys_owner owner_of(const struct lock_undo *undo, const struct found *found)
{
	return (struct ssh_keys_owner){undo->home, found->account.etc, undo->uid};
}

static void print_field(const char *field, uint8_t print[LOCK_PRINT])
{
	uint8_t digest[32];

	key_sha256(field, strlen(field), digest);
	memcpy(print, digest, LOCK_PRINT);
}

static bool is_field(const struct lock_undo *undo, const char *field)
{
	uint8_t print[LOCK_PRINT];

	print_field(field, print);
	return memcmp(print, undo->field, LOCK_PRINT) == 0;
}

/* The password field out of an open file, with room for a "!" in front at out[0]: the field starts at out[1]. */
static enum err read_field(const struct shadow_file *f, const char *account, char out[FIELD_MAX])
{
	struct str line = shadow_line(f->text, account);

	out[0] = '!';
	return line.data ? str_copy(shadow_field(line, 1), out + 1, FIELD_MAX - 1) : ERR_NOT_FOUND;
}

static void say_file(const char *path, enum err err, char *why, size_t why_max)
{
	if (err == ERR_BUSY)
		snprintf(why, why_max, "another program holds the lock of %.40s", path);
	else if (err == ERR_NOT_FOUND)
		snprintf(why, why_max, "it has no line in %.30s, so its password cannot be locked", path);
	else if (err == ERR_TOO_LONG)
		snprintf(why, why_max, "its password field in %.30s is longer than %d bytes", path, FIELD_MAX - 2);
	else
		snprintf(why, why_max, "%.40s: %s", path, err_text(err));
}

/* Without the lock, to look only. */
static enum err look_at_field(const struct lock_job *job, const struct found *found, char field[FIELD_MAX])
{
	struct shadow_file f;
	enum err err = shadow_read(&f, found->path);

	if (err == ERR_OK)
		err = read_field(&f, job->account, field);
	shadow_close(&f);
	return err;
}

static enum err check_ways(const struct lock_job *job, const struct lock_undo *undo, char why[LOCK_WHY_MAX])
{
	const struct ways_asked asked = {job->settings->shadow, job->account, undo->home, undo->keys.places != 0,
					 job->wall_s};

	return ways_files_check(&asked, why);
}

enum err lock_look(const struct lock_job *job, struct lock_undo *out, char why[LOCK_WHY_MAX])
{
	char field[FIELD_MAX];
	struct found found;
	struct ssh_keys_owner owner;
	enum err err;

	*out = (struct lock_undo){0};
	err = find(job, &found, why, LOCK_WHY_MAX);
	if (err != ERR_OK)
		return err;
	out->uid = found.account.uid;
	memcpy(out->home, found.account.home, sizeof(out->home));
	err = look_at_field(job, &found, field);
	if (err != ERR_OK) {
		say_file(found.path, err, why, LOCK_WHY_MAX);
		return err;
	}
	out->password = shadow_usable(str_from(field + 1));
	print_field(field + 1, out->field);
	key_wipe(field, sizeof(field));
	owner = owner_of(out, &found);
	err = ssh_keys_plan(&owner, job->wall_s, &out->keys);
	if (err != ERR_OK) {
		snprintf(why, LOCK_WHY_MAX, "its SSH keys could not be read: %s", err_text(err));
	} else if (!out->password && !out->keys.places) {
		snprintf(why, LOCK_WHY_MAX, "no password lets in, and it has no SSH keys");
		err = ERR_EXISTS;
	}
	return err != ERR_OK || job->last_way ? err : check_ways(job, out, why);
}

enum err lock_try(const struct lock_job *job, char why[LOCK_WHY_MAX])
{
	struct shadow_file f;
	struct found found;
	enum err err = find(job, &found, why, LOCK_WHY_MAX);

	if (err != ERR_OK)
		return err;
	err = shadow_open(&f, found.path);
	shadow_close(&f);
	if (err != ERR_OK)
		say_file(found.path, err, why, LOCK_WHY_MAX);
	return err;
}

/* Another password field, and what the disk shows of it then. */
static enum err write_field(struct shadow_file *f, const char *account, const char *field)
{
	enum err err = shadow_write(f, account, field);

	return err == ERR_OK && !shadow_is_written(f) ? ERR_UNVERIFIED : err;
}

static enum err lock_password(const struct lock_job *job, const struct lock_undo *undo, const struct found *found,
			      char text[LOCK_TEXT_MAX])
{
	char field[FIELD_MAX];
	struct shadow_file f;
	/* What needs no change needs no lock either. */
	enum err err = undo->password ? shadow_open(&f, found->path) : shadow_read(&f, found->path);

	if (err == ERR_OK)
		err = read_field(&f, job->account, field);
	if (err == ERR_OK && shadow_usable(str_from(field + 1))) {
		if (undo->password && is_field(undo, field + 1)) {
			err = write_field(&f, job->account, field);
		} else {
			snprintf(text, LOCK_TEXT_MAX, "somebody changed its password at this moment");
			err = ERR_BUSY;
		}
	}
	shadow_close(&f);
	key_wipe(field, sizeof(field));
	if (err != ERR_OK && !text[0])
		say_file(found->path, err, text, LOCK_TEXT_MAX);
	return err;
}

static void say_locked(const struct lock_undo *undo, const struct found *found, char text[LOCK_TEXT_MAX])
{
	struct buf b = buf_over(text, LOCK_TEXT_MAX - 1);
	char others[WAYS_SSHD_TEXT_MAX];

	ways_sshd_text(ways_files_sshd(found->account.etc).others, others);
	buf_text(&b, undo->password ? "password locked" : "no password lets in");
	buf_text(&b, undo->keys.places ? ", SSH keys set aside" : ", no SSH keys");
	buf_text(&b, others[0] ? "; still open: " : "");
	buf_text(&b, others);
	text[b.len] = '\0';
}

enum err lock_apply(const struct lock_job *job, const struct lock_undo *undo, char text[LOCK_TEXT_MAX])
{
	struct ssh_keys_owner owner;
	struct found found;
	enum err err = find(job, &found, text, LOCK_TEXT_MAX);

	if (err != ERR_OK)
		return err;
	text[0] = '\0';
	owner = owner_of(undo, &found);
	err = lock_password(job, undo, &found, text);
	if (err != ERR_OK)
		return err;
	err = ssh_keys_set_aside(&owner, &undo->keys, NULL);
	if (err != ERR_OK)
		snprintf(text, LOCK_TEXT_MAX, "its SSH keys could not be set aside: %s", err_text(err));
	else
		say_locked(undo, &found, text);
	return err;
}

bool lock_is_held(const struct lock_job *job, const struct lock_undo *undo, char why[LOCK_WHY_MAX])
{
	struct ssh_keys_owner owner;
	char field[FIELD_MAX];
	struct found found;
	uint8_t places;
	bool open;
	enum err err = find(job, &found, why, LOCK_WHY_MAX);

	if (err != ERR_OK)
		return false;
	err = look_at_field(job, &found, field);
	if (err != ERR_OK) {
		say_file(found.path, err, why, LOCK_WHY_MAX);
		return false;
	}
	open = shadow_usable(str_from(field + 1));
	key_wipe(field, sizeof(field));
	owner = owner_of(undo, &found);
	err = ssh_keys_present(&owner, &places);
	if (open)
		snprintf(why, LOCK_WHY_MAX, "its password in %.40s lets in", found.path);
	else if (err != ERR_OK)
		snprintf(why, LOCK_WHY_MAX, "its SSH keys could not be read: %s", err_text(err));
	else if (places)
		snprintf(why, LOCK_WHY_MAX, "it has SSH keys");
	return !open && err == ERR_OK && !places;
}

static enum err release_password(const struct lock_job *job, const struct lock_undo *undo, const struct found *found,
				 struct buf *text)
{
	bool same, unlocks = false;
	char field[FIELD_MAX];
	struct shadow_file f;
	enum err err = shadow_open(&f, found->path);

	if (err == ERR_OK)
		err = read_field(&f, job->account, field);
	if (err == ERR_OK) {
		same = is_field(undo, field[1] == '!' ? field + 2 : field + 1);
		unlocks = field[1] == '!' && (field[2] || same);
		if (field[1] != '!')
			buf_text(text,
				 same ? "password as it was" : "password was changed and unlocked by somebody else");
		else if (!unlocks)
			buf_text(text, "password was taken away by somebody else, left locked");
		else
			buf_text(text, same ? "password as it was" : "password was changed by somebody else, unlocked");
		if (unlocks)
			err = write_field(&f, job->account, field + 2);
	}
	shadow_close(&f);
	key_wipe(field, sizeof(field));
	return err;
}

static void say_keys(const struct ssh_keys_aside *aside, const struct ssh_keys_back *back, struct buf *text)
{
	if (!aside->places)
		return;
	if (back->changed)
		buf_text(text, "; SSH keys were changed by somebody else, left aside");
	else if (back->in_way)
		buf_text(text, "; SSH keys of somebody else are in their place, left aside");
	else
		buf_text(text, back->back ? "; SSH keys put back" : "; no SSH keys are aside");
}

enum err lock_release(const struct lock_job *job, const struct lock_undo *undo, char text[LOCK_TEXT_MAX])
{
	struct buf b = buf_over(text, LOCK_TEXT_MAX - 1);
	struct ssh_keys_back back;
	struct ssh_keys_owner owner;
	struct found found;
	enum err err = find(job, &found, text, LOCK_TEXT_MAX);

	if (err == ERR_OK && found.account.uid != undo->uid) {
		snprintf(text, LOCK_TEXT_MAX, "the account of that name is another one now");
		err = ERR_NOT_FOUND;
	}
	if (err != ERR_OK)
		return err;
	if (undo->password)
		err = release_password(job, undo, &found, &b);
	else
		buf_text(&b, "password was locked before");
	text[b.len] = '\0';
	if (err != ERR_OK) {
		say_file(found.path, err, text, LOCK_TEXT_MAX);
		return err;
	}
	owner = owner_of(undo, &found);
	err = ssh_keys_put_back(&owner, &undo->keys, &back);
	if (err != ERR_OK)
		buf_printf(&b, "; SSH keys could not be put back: %s", err_text(err));
	else
		say_keys(&undo->keys, &back, &b);
	text[b.len] = '\0';
	return err;
}
