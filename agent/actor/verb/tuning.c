/* SPDX-License-Identifier: Apache-2.0 */
/* Judges settings that the service sent, and puts them over the device's own. When that is done, tuner.c says. */
#include "agent/actor/verb/tuning.h"

#include "agent/actor/sys/object_file.h"
#include "agent/actor/verb/actor.h"
#include "agent/base/regular.h"
#include "agent/base/say.h"
#include "agent/common/settings_tune.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static struct settings scratch; /* of one thread: settings are large */

void tuning_tell(struct actor *a, uint64_t version, const char *why)
{
	struct actor_health *h = &a->health;

	memset(h->tuning_why, 0, sizeof(h->tuning_why));
	h->tuning_version = a->tuning.kept.version;
	if (!why[0])
		return;
	say(SAY_WARNING, "settings of the service, version %llu: %s", (unsigned long long)version, why);
	snprintf(h->tuning_why, sizeof(h->tuning_why), "version %llu: %.90s", (unsigned long long)version, why);
}

/* Tune settings; after an error they are as they were, and `why` is a sentence. */
static enum err tune(struct settings *s, const struct tuning_file *f, char why[MESSAGE_TEXT_MAX])
{
	struct ini_error error = {0};
	enum err err;

	scratch = *s;
	err = settings_tune(s, &scratch, (struct str){f->text, f->len}, &error);
	if (err == ERR_OK)
		return ERR_OK;
	*s = scratch;
	if (error.line)
		snprintf(why, MESSAGE_TEXT_MAX, "line %u: %.100s", error.line, error.text);
	else
		snprintf(why, MESSAGE_TEXT_MAX, "%.110s", error.text[0] ? error.text : err_text(err));
	return err;
}

enum err tuning_judge(struct actor *a, const struct objects_given *g, char why[MESSAGE_TEXT_MAX])
{
	static struct settings tried;
	static struct tuning_file given;
	enum err err;

	if (!a->settings.tuning) {
		snprintf(why, MESSAGE_TEXT_MAX, "this device takes no settings: its [objects] tuning is off");
		return ERR_DENIED;
	}
	err = tuning_file_bytes(g->from, &given);
	if (err != ERR_OK) {
		snprintf(why, MESSAGE_TEXT_MAX, "what was fetched of it cannot be read");
		return err;
	}
	tried = a->settings;
	return tune(&tried, &given, why);
}

void tuning_arrived(struct actor *a, const struct object *object)
{
	(void)object;
	a->tuning.arrived = true;
}

bool tuning_apply(struct actor *a, struct settings *s)
{
	const struct tuning *t = &a->tuning;
	const struct tuning_file *f = t->on_trial ? &t->next : &t->kept;
	char why[MESSAGE_TEXT_MAX] = "";

	if (f->version == 0)
		return true;
	if (!s->tuning)
		snprintf(why, sizeof(why), "this device's [objects] tuning is off");
	if (!why[0] && tune(s, f, why) == ERR_OK)
		return true;
	tuning_tell(a, f->version, why);
	return false;
}

enum err tuning_fetch(struct actor *a)
{
	struct tuning_file *next = &a->tuning.next;
	struct object_file_claim claim;
	int dir = openat(a->objects.dir, TUNING_KIND, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW), fd = -1;
	enum err err = dir >= 0 ? object_file_claimed(dir, TUNING_OBJECT, &claim) : err_from_errno(errno);

	if (err == ERR_OK)
		err = regular_open(dir, TUNING_OBJECT, O_RDONLY, &fd);
	if (err == ERR_OK)
		err = tuning_file_bytes(fd, next);
	if (err == ERR_OK)
		next->version = next->tried = claim.version;
	if (fd >= 0)
		close(fd);
	if (dir >= 0)
		close(dir);
	return err;
}
