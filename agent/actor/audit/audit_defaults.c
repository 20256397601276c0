/* SPDX-License-Identifier: Apache-2.0 */
/* Walks lists of passwords. Tries none. */
#include "agent/actor/audit/audit_defaults.h"

/*
 * What the scanner of Mirai tries (its source was published in 2016), then what is known of its successors and of the
 * devices that they are after.
 */
const char audit_defaults_botnets[] =
	"root:xc3511\nroot:vizxv\nroot:admin\nadmin:admin\nroot:888888\nroot:xmhdipc\nroot:default\nroot:juantech\n"
	"root:123456\nroot:54321\nsupport:support\nadmin:password\nroot:root\nroot:12345\nuser:user\nroot:pass\n"
	"admin:admin1234\nroot:1111\nadmin:smcadmin\nadmin:1111\nroot:666666\nroot:password\nroot:1234\nroot:klv123\n"
	"Administrator:admin\nservice:service\nsupervisor:supervisor\nguest:guest\nguest:12345\nadmin1:password\n"
	"administrator:1234\n666666:666666\n888888:888888\nubnt:ubnt\nroot:klv1234\nroot:Zte521\nroot:hi3518\n"
	"root:jvbzd\nroot:anko\nroot:zlxx.\nroot:7ujMko0vizxv\nroot:7ujMko0admin\nroot:system\nroot:ikwb\n"
	"root:dreambox\nroot:user\nroot:realtek\nroot:00000000\nadmin:1111111\nadmin:1234\nadmin:12345\nadmin:54321\n"
	"admin:123456\nadmin:7ujMko0admin\nadmin:pass\nadmin:meinsm\ntech:tech\nmother:fucker\n"
	"root:5up\nroot:hunt5759\nroot:GM8182\nroot:cat1029\nroot:tsgoingon\nroot:ahetzip8\nroot:antslq\n"
	"root:20080826\nroot:founder88\nroot:1001chin\nroot:ttnet\nroot:vertex25ektks123\nroot:fivranne\n"
	"root:huigu309\nroot:hslwificam\nroot:ivdev\nroot:cxlinux\nroot:zsun1188\nroot:ipcam_rt5350\n"
	"root:t0talc0ntr0l4!\nroot:taZz@23495859\nroot:admin@mymifi\nroot:tl789\nroot:hdipc%No\nroot:iDirect\n"
	"root:Serv4EMC\nroot:gforge\nroot:changeme\nroot:toor\nroot:calvin\nroot:alpine\nroot:openelec\nroot:1234567\n"
	"root:12345678\nroot:1234567890\nroot:111111\nroot:admin1234\nroot:password123\nroot:telnet\nroot:ubnt\n"
	"admin:default\nadmin:4321\nadmin:ho4uku6at\nadmin:adslnadam\nadmin:dvr2580222\nadmin:gvt12345\nadmin:ip3000\n"
	"admin:synnet\nadmin:fliradmin\nadmin:changeme\nadmin:CenturyL1nk\nadmin:QwestM0dem\nadmin:1234567890\n"
	"default:S2fGqNFs\ndefault:OxhlwSG8\ndefault:tlJwpbo6\ndefault:lJwpbo6\ndefault:default\n"
	"vstarcam2015:20150602\ntelecomadmin:admintelecom\ne8ehome:e8ehome\ne8telnet:e8telnet\n"
	"qbf77101:hexakisoctahedron\n3comcso:RIP000\nmg3500:merlin\npi:raspberry\ndebian:temppwd\nosmc:osmc\n";

/* Where passwords are looked for, one place after the other. */
static const struct place {
	uint8_t source;	  /* enum audit_default_source */
	bool vendor, own; /* in the vendor's list, else that of botnets; for this account, else for others */
} places[] = {
	{AUDIT_DEFAULT_VENDOR, true, true},   {AUDIT_DEFAULT_BOTNETS, false, true}, {AUDIT_DEFAULT_NAME, false, true},
	{AUDIT_DEFAULT_OTHERS, false, false}, {AUDIT_DEFAULT_OTHERS, true, false},
};

/* Take a line of a list. False: it has no more. */
static bool take_line(struct str *list, struct str *account, struct str *password)
{
	while (!str_empty(*list)) {
		struct str line = str_cut(list, '\n');

		(void)str_take_back(&line, STR("\r"));
		*account = str_cut(&line, ':');
		*password = line;
		if (!str_empty(*account) && account->data[0] != '#' && !str_empty(*password))
			return true;
	}
	return false;
}

/* Whether a line before has that password for somebody else, so that it was tried. */
static bool is_repeated(struct str list, struct str rest, const struct str *password)
{
	struct str before = {list.data, list.len - rest.len}, account, other;
	unsigned found = 0;

	while (found < 2 && take_line(&before, &account, &other))
		found += str_equal(other, *password);
	return found == 2;
}

/* Root under another name has root's passwords among those of others. */
static bool next_of(struct audit_defaults *d, struct str list, bool own, struct str *password)
{
	struct str account;

	if (!d->begun)
		d->rest = list;
	d->begun = true;
	while (take_line(&d->rest, &account, password))
		if (str_equal(account, d->account) == own && (own || !is_repeated(list, d->rest, password)))
			return true;
	d->begun = false;
	return false;
}

bool audit_defaults_next(struct audit_defaults *d, struct str *password, uint8_t *source)
{
	for (; d->place < sizeof(places) / sizeof(places[0]); d->place++) {
		const struct place *p = &places[d->place];

		*source = p->source;
		if (p->source == AUDIT_DEFAULT_NAME) {
			*password = d->account;
			d->place++;
			return true;
		}
		if (next_of(d, p->vendor ? d->vendor : str_from(audit_defaults_botnets), p->own, password))
			return true;
	}
	return false;
}
