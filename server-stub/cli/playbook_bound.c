/* SPDX-License-Identifier: Apache-2.0 */
/* Playbooks that are bound to incidents become objects. Whose signatures count, the devices say. */
#include "server-stub/cli/playbook_bound.h"

#include "agent/base/clock.h"
#include "agent/base/key.h"
#include "agent/cli/command.h"
#include "server-stub/cli/fleet_aim.h"
#include "server-stub/cli/signing.h"

#include <mbedtls/base64.h>

#include <stdio.h>
#include <string.h>
#include <time.h>

static const char *text_of(json_t *file, const char *key)
{
	const char *text = json_string_value(json_object_get(file, key));

	return text ? text : "";
}

bool playbook_bound_is(json_t *file)
{
	return json_object_get(file, "statement") != NULL;
}

static bool take_base64(json_t *file, const char *key, struct buf *out)
{
	const char *text = text_of(file, key);

	return mbedtls_base64_decode((unsigned char *)out->data, out->cap, &out->len, (const unsigned char *)text,
				     strlen(text)) == 0;
}

bool playbook_bound_decode(json_t *file, struct playbook_bound *out, char why[PLAYBOOK_WHY_MAX])
{
	struct buf statement = buf_over(out->statement, sizeof(out->statement));
	struct buf bytes = buf_over(out->bytes, sizeof(out->bytes));
	char wrong[OBJECT_WHY_MAX];
	uint8_t digest[32];

	snprintf(why, PLAYBOOK_WHY_MAX, "It has no statement, bytes and signatures of a playbook in base64.");
	if (!take_base64(file, "statement", &statement) || !take_base64(file, "bytes", &bytes) ||
	    !json_is_array(json_object_get(file, "signatures")) ||
	    object_decode(buf_str(&statement), &out->object, wrong) != ERR_OK ||
	    object_kind(out->object.kind) != object_kind_named(PLAYBOOK_KIND))
		return false;
	out->len = statement.len;
	out->bytes_len = bytes.len;
	if (playbook_decode(buf_str(&bytes), &out->playbook, why) != ERR_OK)
		return false;
	key_sha256(bytes.data, bytes.len, digest);
	snprintf(why, PLAYBOOK_WHY_MAX, "Its bytes are not those that were signed.");
	return bytes.len == out->object.size && memcmp(digest, out->object.sha256, sizeof(digest)) == 0 &&
	       strcmp(out->object.name, out->playbook.name) == 0;
}

void playbook_bound_say(const struct playbook_bound *b, FILE *out)
{
	static const char *const joints[ORDER_WHEN_MAX] = {"", "if done: ", "if failed: "};
	const struct playbook *p = &b->playbook;
	time_t end = (time_t)p->until_s;
	char text[VERB_DESCRIBE_MAX];
	struct tm tm;

	fprintf(out, "%s, version %llu%s%s\n", p->name, (unsigned long long)b->object.version,
		b->object.group[0] ? ", for the group " : "", b->object.group);
	for (unsigned i = 0; i < p->rule_count; i++)
		fprintf(out, "  for incidents of %s\n", p->rules[i]);
	for (unsigned i = 0; i < p->tag_count; i++)
		fprintf(out, "  for incidents with the tag %s\n", p->tags[i]);
	if (p->level)
		fprintf(out, "  from level %s on\n", severity_name(p->level));
	for (unsigned i = 0; i < p->step_count; i++) {
		struct buf step = buf_over(text, sizeof(text));

		playbook_describe_step(&step, p, i);
		fprintf(out, "  %u. %s%.*s\n", i + 1, joints[p->steps[i].when], (int)step.len, step.data);
	}
	if (gmtime_r(&end, &tm) && strftime(text, sizeof(text), "%F %T", &tm) > 0)
		fprintf(out, "  by %s, until %s UTC\n", b->object.author, text);
}

/* The playbook's bytes from now on, in `b`. OPTS_GO_ON, or the exit status after a message. */
static int encode(struct playbook *p, struct buf *b)
{
	char why[PLAYBOOK_WHY_MAX];

	p->until_s = clock_wall_s() + p->lasts_s;
	return playbook_encode(b, p, why) == ERR_OK ? OPTS_GO_ON : opts_failed(COMMAND_USAGE, "%s: %s", p->name, why);
}

static struct object_bytes_offer offer_of(const struct playbook *p, const struct object_bytes_offer *aim, struct buf *b)
{
	struct object_bytes_offer offer = *aim;

	offer.kind = PLAYBOOK_KIND;
	offer.name = p->name;
	offer.bytes = buf_str(b);
	if (offer.keys && offer.keys->count == 0)
		offer.keys = NULL;
	return offer;
}

json_t *playbook_bound_sign(struct rest *r, struct playbook *p, const struct object_bytes_offer *aim, int *status)
{
	char memory[PLAYBOOK_BYTES_MAX];
	struct buf b = buf_over(memory, sizeof(memory));
	json_t *file = NULL;

	*status = encode(p, &b);
	if (*status == OPTS_GO_ON) {
		const struct object_bytes_offer offer = offer_of(p, aim, &b);

		file = object_bytes_seal(r, &offer, status);
	}
	if (!file)
		return NULL;
	json_object_set_new(file, "bytes", signing_base64(b.data, b.len));
	json_object_set_new(file, "approvals", json_integer(playbook_signatures(p)));
	fleet_aim_put(file, aim->devices, aim->group, aim->all);
	return file;
}

int playbook_bound_push(struct rest *r, struct playbook *p, const struct object_bytes_offer *aim, json_t **answer)
{
	char memory[PLAYBOOK_BYTES_MAX];
	struct buf b = buf_over(memory, sizeof(memory));
	int status = encode(p, &b);

	if (status != OPTS_GO_ON)
		return status;
	const struct object_bytes_offer offer = offer_of(p, aim, &b);

	return object_bytes_offer(r, p->name, &offer, answer);
}

int playbook_bound_push_signed(struct rest *r, json_t *file, json_t **answer)
{
	static struct playbook_bound b;
	static const struct opts_list nobody;
	char why[PLAYBOOK_WHY_MAX];
	json_t *sealed = json_object();
	static const char *const members[] = {"statement", "signatures", "devices", "group", "all"};
	struct object_bytes_offer offer = {.kind = PLAYBOOK_KIND, .devices = &nobody, .sealed = sealed};
	int status;

	if (!playbook_bound_decode(file, &b, why)) {
		json_decref(sealed);
		return opts_failed(COMMAND_FAILED, "it is not what 'playbook sign' writes: %s", why);
	}
	for (unsigned i = 0; i < sizeof(members) / sizeof(members[0]); i++)
		if (json_object_get(file, members[i]))
			json_object_set(sealed, members[i], json_object_get(file, members[i]));
	offer.bytes = (struct str){b.bytes, b.bytes_len};
	status = object_bytes_offer(r, b.playbook.name, &offer, answer);
	json_decref(sealed);
	return status;
}

int playbook_bound_withdraw(struct rest *r, const struct object_bytes_offer *aim, json_t **answer)
{
	struct object_bytes_offer offer = *aim;

	offer.kind = PLAYBOOK_KIND;
	offer.bytes = STR(PLAYBOOK_WITHDRAWN);
	if (offer.keys && offer.keys->count == 0)
		offer.keys = NULL;
	return object_bytes_offer(r, aim->name, &offer, answer);
}
