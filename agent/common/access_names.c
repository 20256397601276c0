/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What web servers' variables hold, by ngx_http_log_module, mod_log_config and mod_accesslog. What is not here is taken
 * for a client's text.
 */
#include "agent/common/access_names.h"

struct variable {
	const char *name; /* Apache and lighttpd: the letter, "{Name}x" for one of a header */
	uint8_t field, class;
};

static const struct variable nginx[] = {
	{"remote_addr", ACCESS_SRC, ACCESS_CLASS_ADDRESS},
	{"status", ACCESS_STATUS, ACCESS_CLASS_NUMBER},
	{"remote_user", ACCESS_USER, ACCESS_CLASS_TEXT},
	{"time_local", ACCESS_TIME, ACCESS_CLASS_DATE},
	{"time_iso8601", ACCESS_TIME, ACCESS_CLASS_WORD},
	{"msec", ACCESS_TIME, ACCESS_CLASS_NUMBER},
	{"request", ACCESS_REQUEST, ACCESS_CLASS_TEXT},
	{"request_method", ACCESS_METHOD, ACCESS_CLASS_TOKEN},
	{"request_uri", ACCESS_URL, ACCESS_CLASS_TEXT},
	{"http_x_forwarded_for", ACCESS_FORWARDED, ACCESS_CLASS_TEXT},
	{"realip_remote_addr", ACCESS_OTHER, ACCESS_CLASS_ADDRESS},
	{"server_addr", ACCESS_OTHER, ACCESS_CLASS_ADDRESS},
	{"remote_port", ACCESS_OTHER, ACCESS_CLASS_NUMBER},
	{"server_port", ACCESS_OTHER, ACCESS_CLASS_NUMBER},
	{"body_bytes_sent", ACCESS_OTHER, ACCESS_CLASS_NUMBER},
	{"bytes_sent", ACCESS_OTHER, ACCESS_CLASS_NUMBER},
	{"request_length", ACCESS_OTHER, ACCESS_CLASS_NUMBER},
	{"request_time", ACCESS_OTHER, ACCESS_CLASS_NUMBER},
	{"connection", ACCESS_OTHER, ACCESS_CLASS_NUMBER},
	{"connection_requests", ACCESS_OTHER, ACCESS_CLASS_NUMBER},
	{"pid", ACCESS_OTHER, ACCESS_CLASS_NUMBER},
	{"gzip_ratio", ACCESS_OTHER, ACCESS_CLASS_NUMBER},
	{"pipe", ACCESS_OTHER, ACCESS_CLASS_WORD},
	{"scheme", ACCESS_OTHER, ACCESS_CLASS_NAME},
	{"server_name", ACCESS_OTHER, ACCESS_CLASS_NAME},
	{"hostname", ACCESS_OTHER, ACCESS_CLASS_NAME},
	{"server_protocol", ACCESS_OTHER, ACCESS_CLASS_WORD},
	{"request_id", ACCESS_OTHER, ACCESS_CLASS_WORD},
	{"ssl_protocol", ACCESS_OTHER, ACCESS_CLASS_WORD},
	{"ssl_cipher", ACCESS_OTHER, ACCESS_CLASS_WORD},
	{"upstream_addr", ACCESS_OTHER, ACCESS_CLASS_LIST},
	{"upstream_status", ACCESS_OTHER, ACCESS_CLASS_LIST},
	{"upstream_response_time", ACCESS_OTHER, ACCESS_CLASS_LIST},
	{"upstream_connect_time", ACCESS_OTHER, ACCESS_CLASS_LIST},
	{"upstream_header_time", ACCESS_OTHER, ACCESS_CLASS_LIST},
	{"upstream_response_length", ACCESS_OTHER, ACCESS_CLASS_LIST},
	{"upstream_cache_status", ACCESS_OTHER, ACCESS_CLASS_WORD},
	{NULL, 0, 0},
};

static const struct variable apache[] = {
	{"h", ACCESS_SRC, ACCESS_CLASS_ADDRESS},      {"a", ACCESS_SRC, ACCESS_CLASS_ADDRESS},
	{"s", ACCESS_STATUS, ACCESS_CLASS_NUMBER},    {"u", ACCESS_USER, ACCESS_CLASS_TEXT},
	{"t", ACCESS_TIME, ACCESS_CLASS_DATE},	      {"r", ACCESS_REQUEST, ACCESS_CLASS_TEXT},
	{"m", ACCESS_METHOD, ACCESS_CLASS_TOKEN},     {"{X-Forwarded-For}i", ACCESS_FORWARDED, ACCESS_CLASS_TEXT},
	{"{c}a", ACCESS_OTHER, ACCESS_CLASS_ADDRESS}, {"A", ACCESS_OTHER, ACCESS_CLASS_ADDRESS},
	{"l", ACCESS_OTHER, ACCESS_CLASS_WORD}, /* "-", or what the client's ident server says */
	{"v", ACCESS_OTHER, ACCESS_CLASS_NAME},	      {"V", ACCESS_OTHER, ACCESS_CLASS_HOST},
	{"H", ACCESS_OTHER, ACCESS_CLASS_WORD},	      {"L", ACCESS_OTHER, ACCESS_CLASS_WORD},
	{"X", ACCESS_OTHER, ACCESS_CLASS_WORD},	      {"p", ACCESS_OTHER, ACCESS_CLASS_NUMBER},
	{"P", ACCESS_OTHER, ACCESS_CLASS_NUMBER},     {"b", ACCESS_OTHER, ACCESS_CLASS_NUMBER},
	{"B", ACCESS_OTHER, ACCESS_CLASS_NUMBER},     {"D", ACCESS_OTHER, ACCESS_CLASS_NUMBER},
	{"T", ACCESS_OTHER, ACCESS_CLASS_NUMBER},     {"I", ACCESS_OTHER, ACCESS_CLASS_NUMBER},
	{"O", ACCESS_OTHER, ACCESS_CLASS_NUMBER},     {"S", ACCESS_OTHER, ACCESS_CLASS_NUMBER},
	{"k", ACCESS_OTHER, ACCESS_CLASS_NUMBER},     {NULL, 0, 0},
};

static const struct {
	const char *name, *shipped;
	const struct variable *variables;
} syntaxes[ACCESS_SYNTAXES] = {
	[ACCESS_NGINX] = {"nginx",
			  "$remote_addr - $remote_user [$time_local] \"$request\" $status $body_bytes_sent "
			  "\"$http_referer\" \"$http_user_agent\"",
			  nginx},
	[ACCESS_APACHE] = {"apache", "%h %l %u %t \"%r\" %>s %O \"%{Referer}i\" \"%{User-Agent}i\"", apache},
	[ACCESS_LIGHTTPD] = {"lighttpd", "%h %V %u %t \"%r\" %>s %b \"%{Referer}i\" \"%{User-Agent}i\"", apache},
	[ACCESS_JSON] = {"json", "", NULL},
};

uint8_t access_names_syntax(struct str name)
{
	uint8_t i = 0;

	while (i < ACCESS_SYNTAXES && !str_equal(name, str_from(syntaxes[i].name)))
		i++;
	return i;
}

struct str access_names_shipped(enum access_syntax syntax)
{
	return str_from(syntaxes[syntax].shipped);
}

static bool is_name_byte(char c)
{
	return (unsigned char)(c - '0') < 10 || (unsigned char)((c | 0x20) - 'a') < 26 || c == '_';
}

/* "$name" or "${name}". */
static struct str take_nginx(struct str *text)
{
	struct str name;

	if (str_take(text, STR("${")))
		return str_cut(text, '}');
	str_take(text, STR("$"));
	for (name = str_sub(*text, 0, 0); name.len < text->len && is_name_byte(text->data[name.len]); name.len++)
		continue;
	*text = str_sub(*text, name.len, SIZE_MAX);
	return name;
}

/* "%>s", "%!401{Name}i": the modifiers before the name say when it is logged, and are left out. */
static struct str take_apache(struct str *text)
{
	str_take(text, STR("%"));
	while (text->len &&
	       (str_find_byte(STR("<>!,"), text->data[0]) != SIZE_MAX || (unsigned char)(text->data[0] - '0') < 10))
		*text = str_sub(*text, 1, SIZE_MAX);
	struct str name = str_sub(*text, 0, 1);

	if (str_equal(name, STR("{"))) {
		size_t close = str_find_byte(*text, '}');

		name = str_sub(*text, 0, close == SIZE_MAX || close + 1 >= text->len ? 0 : close + 2);
	}
	*text = str_sub(*text, name.len, SIZE_MAX);
	return name;
}

bool access_names_take(enum access_syntax syntax, struct str *text, struct access_part *part)
{
	struct str name = syntax == ACCESS_NGINX ? take_nginx(text) : take_apache(text);

	part->field = ACCESS_OTHER;
	part->class = ACCESS_CLASS_TEXT;
	for (const struct variable *v = syntaxes[syntax].variables; v->name; v++) {
		if (name.data && name.len && name.data[0] == '{' ? !str_equal_fold(name, str_from(v->name))
								 : !str_equal(name, str_from(v->name)))
			continue;
		part->field = v->field;
		part->class = v->class;
	}
	return name.len > 0;
}

uint8_t access_names_field(struct str word)
{
	static const char *const words[ACCESS_FIELDS] = {
		[ACCESS_OTHER] = NULL,
		[ACCESS_SRC] = "src",
		[ACCESS_STATUS] = "status",
		[ACCESS_USER] = "user",
		[ACCESS_TIME] = "time",
		[ACCESS_REQUEST] = "request",
		[ACCESS_METHOD] = "method",
		[ACCESS_URL] = "url",
		[ACCESS_FORWARDED] = "forwarded",
		[ACCESS_CREDENTIALS] = "credentials",
		[ACCESS_CHALLENGE] = "challenge",
	};

	for (uint8_t i = 1; i < ACCESS_FIELDS; i++)
		if (str_equal(word, str_from(words[i])))
			return i;
	return ACCESS_OTHER;
}
