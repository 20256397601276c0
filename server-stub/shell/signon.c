/* SPDX-License-Identifier: Apache-2.0 */
/* Between server.conf and the envoy. The secret is wiped here once the envoy has its copy. */
#include "server-stub/shell/signon.h"

#include "agent/base/key.h"
#include "agent/base/say.h"
#include "server-stub/fleet/fleet_file.h"
#include "server-stub/outside/aide.h"
#include "server-stub/outside/envoy.h"
#include "server-stub/shell/command.h"
#include "server-stub/sso/provider.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define RETURN "/sso/return"
#define HTTPS_PORT 443

static enum err fail(char *why, const char *what, const char *how)
{
	snprintf(why, SIGNON_WHY_MAX, "server.conf, [sso] %.120s: %.350s", what, how);
	return ERR_INVALID;
}

/* "https://fleet.example:8444" */
static enum err read_url(struct signon *s, const struct fleet_conf *conf, char why[SIGNON_WHY_MAX])
{
	struct fleet_conf_address api;
	struct str url, rest;

	snprintf(s->url, sizeof(s->url), "%s", conf->sso_url);
	if (!s->url[0] && fleet_conf_address(conf->api_listen, &api) == ERR_OK) {
		const char *name = conf->names[0];
		bool is_v6 = strchr(name, ':') != NULL;

		snprintf(s->url, sizeof(s->url), "https://%s%s%s:%u", is_v6 ? "[" : "", name, is_v6 ? "]" : "",
			 api.port);
		if (api.port == HTTPS_PORT)
			*strrchr(s->url, ':') = '\0';
	}
	url = str_from(s->url);
	if (str_take_back(&url, STR("/")))
		s->url[url.len] = '\0';
	rest = url;
	if (!provider_url_good(url) || !str_take(&rest, STR("https://")) || str_find_byte(rest, '/') != SIZE_MAX ||
	    str_find_byte(rest, '?') != SIZE_MAX)
		return fail(why, "url", "wants an https address without a path, such as https://fleet.example:8444");
	return ERR_OK;
}

static enum err read_secret(const char *dir, const char *name, char secret[256], char why[SIGNON_WHY_MAX])
{
	char path[FLEET_FILE_PATH_MAX], text[1024];
	size_t len = 0;
	struct str word;
	struct stat st;
	enum err err = fleet_file_named((struct fleet_file){dir, name}, path);

	if (err != ERR_OK || stat(path, &st) != 0)
		return fail(why, name, err != ERR_OK ? err_text(err) : strerror(errno));
	if (st.st_mode & 077)
		return fail(why, name, "others than its owner may reach this file: chmod 600");
	/* The name below the root directory is the same path. */
	err = fleet_file_read(name[0] == '/' ? (struct fleet_file){"", name + 1} : (struct fleet_file){dir, name}, text,
			      sizeof(text), &len);
	if (err != ERR_OK)
		return fail(why, name, err_text(err));
	word = str_trim((struct str){text, len});
	if (str_find_byte(word, '\n') != SIZE_MAX || str_empty(word) || str_copy(word, secret, 256) != ERR_OK)
		err = fail(why, name, "wants the secret, in one line of at most 255 bytes, and nothing else");
	key_wipe(text, sizeof(text));
	return err;
}

/* The first of the words is what is asked for. */
static void copy_first(const char *list, char *out, size_t cap)
{
	struct str rest = str_from(list), first = str_trim(str_cut(&rest, ';'));

	if (str_copy(first, out, cap) != ERR_OK)
		out[0] = '\0';
}

static void copy_grant(const struct fleet_conf *conf, struct grant *g)
{
	const char *const groups[GRANT_ROLES] = {conf->sso_admin, conf->sso_responder, conf->sso_auditor,
						 conf->sso_viewer};

	snprintf(g->claim, sizeof(g->claim), "%s", conf->sso_claim);
	for (unsigned i = 0; i < GRANT_ROLES; i++)
		snprintf(g->groups[i], sizeof(g->groups[i]), "%s", groups[i]);
	snprintf(g->amr, sizeof(g->amr), "%s", conf->sso_amr);
	snprintf(g->acr, sizeof(g->acr), "%s", conf->sso_acr);
}

static enum err read_files(struct envoy_setup *e, const char *dir, const struct fleet_conf *conf,
			   char why[SIGNON_WHY_MAX])
{
	struct stat st;

	if (conf->sso_ca[0]) {
		if (fleet_file_named((struct fleet_file){dir, conf->sso_ca}, e->ca) != ERR_OK)
			return fail(why, conf->sso_ca, err_text(ERR_TOO_LONG));
		if (stat(e->ca, &st) != 0)
			return fail(why, conf->sso_ca, strerror(errno));
	}
	return conf->sso_secret_file[0] ? read_secret(dir, conf->sso_secret_file, e->secret, why) : ERR_OK;
}

static enum err read_names(struct signon *s, struct envoy_setup *e, const struct fleet_conf *conf,
			   char why[SIGNON_WHY_MAX])
{
	struct str issuer = str_from(conf->sso_issuer), host = issuer;
	enum err err;

	if (!provider_url_good(issuer) || str_find_byte(issuer, '?') != SIZE_MAX)
		return fail(why, "issuer", "wants an https address without a query, as the provider writes its issuer");
	if (!conf->sso_client[0])
		return fail(why, "client_id", "has to be what the provider calls this service");
	if (!conf->sso_claim[0])
		return fail(why, "groups_claim", "has to name a claim");
	if (!conf->sso_admin[0] && !conf->sso_responder[0] && !conf->sso_auditor[0] && !conf->sso_viewer[0])
		return fail(why, "admin, responder, auditor, viewer",
			    "one of them has to name a group, or nobody gets in");
	err = read_url(s, conf, why);
	if (err != ERR_OK)
		return err;
	(void)str_take(&host, STR("https://"));
	host = str_cut(&host, '/');
	snprintf(s->name, sizeof(s->name), "%.*s", (int)host.len, host.data);
	if (conf->sso_name[0])
		snprintf(s->name, sizeof(s->name), "%s", conf->sso_name);
	snprintf(s->issuer, sizeof(s->issuer), "%s", conf->sso_issuer);
	snprintf(e->issuer, sizeof(e->issuer), "%s", conf->sso_issuer);
	snprintf(e->client, sizeof(e->client), "%s", conf->sso_client);
	snprintf(e->redirect, sizeof(e->redirect), "%s" RETURN, s->url);
	snprintf(e->scope, sizeof(e->scope), "openid%s%.240s", conf->sso_scope[0] ? " " : "", conf->sso_scope);
	copy_first(conf->sso_acr, e->acr, sizeof(e->acr));
	copy_grant(conf, &e->grant);
	return ERR_OK;
}

static enum err read_settings(struct signon *s, struct envoy_setup *e, const struct fleet_conf *conf,
			      char why[SIGNON_WHY_MAX])
{
	if (!IS_ENABLED(CONFIG_SSO))
		return fail(why, "issuer", "this build has no single sign-on (CONFIG_SSO)");
	enum err err = read_names(s, e, conf, why);

	return err == ERR_OK ? read_files(e, s->dir, conf, why) : err;
}

enum err signon_check(const char *dir, const struct fleet_conf *conf, char why[SIGNON_WHY_MAX])
{
	struct envoy_setup e = {.ca = ""};
	struct signon s = {.dir = dir};
	enum err err = conf->sso_issuer[0] ? read_settings(&s, &e, conf, why) : ERR_OK;

	key_wipe(&e, sizeof(e));
	return err;
}

int signon_open(struct signon *s, const char *dir, const struct fleet_conf *conf)
{
	struct envoy_setup e = {.ca = ""};
	char why[SIGNON_WHY_MAX];
	enum err err;

	s->dir = dir;
	if (!conf->sso_issuer[0])
		return COMMAND_OK;
	err = read_settings(s, &e, conf, why);
	if (err != ERR_OK) {
		say(SAY_ERR, "%s/%s", dir, why);
		return COMMAND_CONFIG;
	}
	if (IS_ENABLED(CONFIG_SSO))
		err = envoy_start(&e, &s->envoy);
	key_wipe(&e, sizeof(e));
	if (err == ERR_OK)
		return COMMAND_OK;
	say(SAY_ERR, "the process for single sign-on cannot start: %s", err_text(err));
	return COMMAND_FAILED;
}

void signon_close(struct signon *s)
{
	if (IS_ENABLED(CONFIG_SSO))
		aide_close(s->envoy);
	s->envoy = NULL;
}
