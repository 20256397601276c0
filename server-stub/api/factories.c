/* SPDX-License-Identifier: Apache-2.0 */
/* Manufacturers in JSON. Who joins by their certificates is decided at the gateway (fleet_enroll.h). */
#include "server-stub/api/factories.h"

#include "agent/base/clock.h"
#include "agent/base/key.h"
#include "agent/base/now.h"
#include "agent/base/tls/tls_chain.h"
#include "server-stub/api/body.h"
#include "server-stub/api/page.h"
#include "server-stub/api/reply.h"
#include "server-stub/api/serve.h"
#include "server-stub/store/store_factory.h"

#include <stdio.h>
#include <string.h>

#define PEM_MAX 8192
#define PEM_END "-----END CERTIFICATE-----"

static const char *const unlisted_words[] = {
	[FACTORY_APPROVE] = "approve",
	[FACTORY_REFUSE] = "refuse",
	[FACTORY_JOIN] = "join",
};

/* Without its last brace. */
static void put(struct json *j, const struct store_factory *f)
{
	struct tls_chain_facts facts;
	uint8_t digest[32];

	(void)tls_chain_root((struct str){(const char *)f->ca, f->ca_len}, &facts);
	key_sha256(f->ca, f->ca_len, digest);
	json_begin_object(j);
	json_key(j, "name");
	json_text(j, f->name);
	json_key(j, "group");
	json_text(j, f->group);
	json_key(j, "unlisted");
	json_text(j, unlisted_words[f->unlisted <= FACTORY_JOIN ? f->unlisted : FACTORY_REFUSE]);
	json_key(j, "subject");
	json_text(j, facts.subject);
	json_key(j, "ca_sha256");
	json_hex(j, digest, sizeof(digest));
	reply_time(j, "ca_expires", facts.not_after_s * SECOND_US);
	json_key(j, "created_by");
	json_text(j, f->created_by);
	reply_time(j, "created", f->created_us);
}

struct list {
	struct page page;
};

static bool each(void *arg, const struct store_factory *f)
{
	struct list *l = arg;

	if (f->is_removed)
		return true;
	if (!page_room(&l->page))
		return false;
	put(l->page.j, f);
	json_end_object(l->page.j);
	return true;
}

void factories_list(struct call *call)
{
	struct list l;

	if (!page_begin(&l.page, call))
		return;
	l.page.limit = UINT32_MAX;
	enum err err = store_factory_list(call->api->env.store, each, &l);

	if (err)
		reply_store(call, err, "factory", "");
	else
		page_end(&l.page);
}

/* The one that the path names; false after an answer. */
static bool find(struct call *call, struct store_factory *f)
{
	char name[STORE_NAME_MAX];
	enum err err = str_copy(call->arg, name, sizeof(name)) == ERR_OK ? ERR_OK : ERR_NOT_FOUND;

	if (err == ERR_OK)
		err = store_factory_get(call->api->env.store, name, f);
	if (err == ERR_OK) {
		snprintf(call->detail, sizeof(call->detail), "%s", f->name);
		return true;
	}
	str_show(call->arg, name, sizeof(name));
	reply_store(call, err, "factory", name);
	return false;
}

/* The whole of one: with its certificate. */
static void answer(struct call *call, unsigned status, const struct store_factory *f)
{
	char pem[2 * KEY_CERT_MAX];
	struct json *j;

	if (key_pem("CERTIFICATE", f->ca, f->ca_len, pem, sizeof(pem)) != ERR_OK)
		pem[0] = '\0';
	j = reply_json(call, status);
	put(j, f);
	json_key(j, "ca");
	json_text(j, pem);
	json_end_object(j);
}

void factories_show(struct call *call)
{
	struct store_factory f;

	if (find(call, &f))
		answer(call, 200, &f);
}

/* -- add -- */

/* False after an answer. */
static bool check_root(struct call *call, const struct store_factory *f)
{
	static const char *const whys[TLS_CHAIN_FAULTS] = {
		[TLS_CHAIN_DAMAGED] = "is damaged",
		[TLS_CHAIN_NO_CA] = "is no CA's: it may issue no others",
		[TLS_CHAIN_WEAK] = "has a key weaker than RSA 2048 or P-256, or of another kind",
		[TLS_CHAIN_EXPIRED] = "has expired",
		[TLS_CHAIN_FUTURE] = "is not valid yet",
	};
	struct tls_chain_facts facts;
	enum tls_chain_fault fault = tls_chain_root((struct str){(const char *)f->ca, f->ca_len}, &facts);

	if (fault == TLS_CHAIN_GOOD)
		return true;
	reply_error(call, FAULT_INVALID, "The certificate %s.", whys[fault] ? whys[fault] : whys[TLS_CHAIN_DAMAGED]);
	return false;
}

/* One certificate and no more: devices bring those between it and theirs. */
static bool read_ca(struct call *call, json_t *body, struct store_factory *f)
{
	char pem[PEM_MAX];
	size_t len = 0;
	const char *end;
	enum err err;

	if (!body_text(call, body, &(struct body_text){"ca", pem, sizeof(pem), true}))
		return false;
	end = strstr(pem, PEM_END);
	err = end ? key_from_pem("CERTIFICATE", pem, f->ca, sizeof(f->ca), &len) : ERR_INVALID;
	if (err != ERR_OK) {
		reply_error(call, FAULT_INVALID, "'ca' is no certificate in PEM of up to %zu bytes.", sizeof(f->ca));
		return false;
	}
	if (strstr(end + 1, PEM_END)) {
		reply_error(call, FAULT_INVALID, "'ca' has several certificates; add each under a name of its own.");
		return false;
	}
	f->ca_len = (uint16_t)len;
	return check_root(call, f);
}

static bool read_unlisted(struct call *call, json_t *body, struct store_factory *f)
{
	char word[16];

	if (!body_text(call, body, &(struct body_text){"unlisted", word, sizeof(word), false}))
		return false;
	for (unsigned i = 0; i < sizeof(unlisted_words) / sizeof(unlisted_words[0]); i++)
		if (strcmp(word, unlisted_words[i]) == 0) {
			f->unlisted = (uint8_t)i;
			return true;
		}
	if (!word[0])
		return true;
	reply_error(call, FAULT_INVALID, "'unlisted' is none of approve, refuse and join.");
	return false;
}

static bool read_factory(struct call *call, json_t *body, struct store_factory *f)
{
	if (!body_text(call, body, &(struct body_text){"name", f->name, sizeof(f->name), true}) ||
	    !body_plain(call, "A factory's", f->name) ||
	    !body_text(call, body, &(struct body_text){"group", f->group, sizeof(f->group), false}) ||
	    !body_plain(call, "A group's", f->group) || !read_unlisted(call, body, f) || !read_ca(call, body, f))
		return false;
	if (!f->group[0])
		snprintf(f->group, sizeof(f->group), "default");
	return true;
}

void factories_add(struct call *call)
{
	struct store_factory f, other;
	json_t *body = body_read(call, "name ca group unlisted");
	enum err err;
	bool good;

	memset(&f, 0, sizeof(f));
	good = body && read_factory(call, body, &f);
	json_decref(body);
	if (!good)
		return;
	snprintf(f.created_by, sizeof(f.created_by), "%s", call->user.name);
	f.created_us = clock_wall_us();
	err = serve_begin(call);
	if (err == ERR_OK)
		err = store_factory_get(call->api->env.store, f.name, &other);
	if (err == ERR_OK) {
		reply_error(call, FAULT_ALREADY_USED, "There is a factory %s already; remove it first.", f.name);
		return;
	}
	if (err == ERR_NOT_FOUND)
		err = store_factory_put(call->api->env.store, &f);
	if (err == ERR_FULL) {
		reply_error(call, FAULT_INVALID, "There are %d factories already, removed ones included.",
			    STORE_FACTORIES_MAX);
		return;
	}
	if (err != ERR_OK) {
		reply_store(call, err, "factory", f.name);
		return;
	}
	snprintf(call->detail, sizeof(call->detail), "%s, group %s, unlisted %s", f.name, f.group,
		 unlisted_words[f.unlisted]);
	answer(call, 201, &f);
}

/* Devices that joined stay. */
void factories_remove(struct call *call)
{
	struct store_factory f;
	enum err err = serve_begin(call);

	if (err != ERR_OK) {
		reply_store(call, err, "factory", "");
		return;
	}
	if (!find(call, &f))
		return;
	f.is_removed = true;
	err = store_factory_put(call->api->env.store, &f);
	if (err)
		reply_store(call, err, "factory", f.name);
	else
		reply_nothing(call);
}

/* -- what goes with them -- */

void factories_put_origin(struct call *call, struct json *j, const struct registry_device *d)
{
	struct store_origin o;

	if (store_origin_of(call->api->env.store, d->id, &o) != ERR_OK)
		return;
	json_key(j, "factory");
	json_text(j, o.factory);
	json_key(j, "serial");
	json_text(j, o.serial);
}

void factories_card(struct call *call)
{
	const struct api_env *env = &call->api->env;
	char text[TOKEN_TEXT_MAX];
	struct json *j;
	enum err err = fleet_card(env->fleet, env->link_host, env->link_port, text);

	if (err) {
		reply_store(call, err, "card", "");
		return;
	}
	j = reply_json(call, 200);
	json_begin_object(j);
	json_key(j, "card");
	json_text(j, text);
	json_key(j, "server");
	json_text(j, env->link_host);
	json_key(j, "port");
	json_int(j, env->link_port);
	json_end_object(j);
}
