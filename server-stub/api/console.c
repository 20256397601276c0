/* SPDX-License-Identifier: Apache-2.0 */
/* Answers with the console's files. Never looks at who asks. */
#include "server-stub/api/console.h"

#include "server-stub/api/asset.h"
#include "server-stub/api/reply.h"
#include "server-stub/api/web_root.h"

/*
 * What the page may do: load scripts, styles and pictures from here and talk to here. No script stands in the page, no
 * text becomes one (Trusted Types), no other page can frame it, and no form goes anywhere.
 */
static const char page_rules[] = "Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self'; "
				 "img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; "
				 "frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'\r\n"
				 "Cross-Origin-Opener-Policy: same-origin\r\n"
				 "Cross-Origin-Resource-Policy: same-origin\r\n"
				 "Referrer-Policy: no-referrer\r\n";

static void no_such_file(struct call *call, struct str name)
{
	char shown[128];

	str_show(name, shown, sizeof(shown));
	reply_error(call, FAULT_NO_SUCH_PATH, "The console has no file %s; load its page anew.", shown);
}

static void from_directory(struct call *call, struct str name)
{
	const char *dir = call->api->env.web_root;
	enum err err;

	reply_text(call, 200, asset_type(name), STR_NONE);
	err = web_root_read(dir, name, &call->body);
	if (err == ERR_NOT_FOUND || err == ERR_KIND)
		no_such_file(call, name);
	else if (err)
		reply_error(call, FAULT_STORE, "The file cannot be read from %s: %s.", dir, err_text(err));
}

static void answer(struct call *call, struct str name)
{
	const struct asset *asset = asset_find(name);

	call->rules = page_rules;
	if (call->api->env.web_root) {
		from_directory(call, name);
	} else if (!asset) {
		no_such_file(call, name);
	} else {
		reply_text(call, 200, asset_type(name), (struct str){(const char *)asset->bytes, asset->len});
		reply_header(call, "Content-Encoding", "gzip");
		if (!str_equal(name, STR(ASSET_INDEX)))
			call->cache = "public, max-age=31536000, immutable";
	}
}

void console_page(struct call *call)
{
	answer(call, STR(ASSET_INDEX));
}

/* The page has one address, because what has others may be kept by a browser for ever. */
void console_asset(struct call *call)
{
	if (asset_name_good(call->arg) && !str_equal(call->arg, STR(ASSET_INDEX)))
		answer(call, call->arg);
	else
		no_such_file(call, call->arg);
}
