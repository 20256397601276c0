/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the browser's JSON with jansson. Members that are not known are passed over, as the standard asks. */
#include "server-stub/api/client_data.h"

#include <jansson.h>
#include <sodium.h>

#include <string.h>

static struct str text_of(json_t *all, const char *name)
{
	json_t *member = json_object_get(all, name);

	return json_is_string(member) ? (struct str){json_string_value(member), json_string_length(member)} : STR_NONE;
}

static bool read_type(struct str type, struct client_data *out)
{
	out->is_new = str_equal(type, STR("webauthn.create"));
	return out->is_new || str_equal(type, STR("webauthn.get"));
}

static bool read_challenge(struct str text, struct client_data *out)
{
	size_t len = 0;

	return sodium_base642bin(out->challenge, sizeof(out->challenge), text.data, text.len, NULL, &len, NULL,
				 sodium_base64_VARIANT_URLSAFE_NO_PADDING) == 0 &&
	       len == sizeof(out->challenge);
}

/* "https://host" or "https://host:port"; an address of version 6 in its brackets is no host's name. */
static bool read_origin(struct str origin, struct client_data *out)
{
	struct str host, rest = origin;

	if (!str_take(&rest, STR("https://")))
		return false;
	host = str_cut(&rest, ':');
	return !str_empty(host) && str_copy(host, out->host, sizeof(out->host)) == ERR_OK;
}

enum err client_data_read(struct str text, struct client_data *out)
{
	json_t *all;
	bool good;

	memset(out, 0, sizeof(*out));
	if (text.len > CLIENT_DATA_MAX)
		return ERR_INVALID;
	all = json_loadb(text.data, text.len, JSON_REJECT_DUPLICATES, NULL);
	good = read_type(text_of(all, "type"), out) && read_challenge(text_of(all, "challenge"), out) &&
	       read_origin(text_of(all, "origin"), out) && !json_is_true(json_object_get(all, "crossOrigin"));
	json_decref(all);
	return good ? ERR_OK : ERR_INVALID;
}
