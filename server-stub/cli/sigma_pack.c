/* SPDX-License-Identifier: Apache-2.0 */
/* Compiled rules become a pack, which is loaded as a device loads it, and tried on the events that its rules bring. */
#include "server-stub/cli/sigma_pack.h"

#include "agent/cli/command.h"
#include "agent/sigma/probe.h"
#include "server-stub/cli/opts.h"

#include <stdio.h>
#include <stdlib.h>

/* One of the pack's tests. False after a message with the place of the rule. */
static bool passes(const struct compile *c, const struct pack *pack, uint32_t test, void *memory)
{
	struct pack_test t = pack_test(pack, test);
	uint32_t number = t.target & ~PACK_CORRELATION;
	struct str id = t.target & PACK_CORRELATION ? pack_correlation(pack, number).about.id
						    : pack_rule(pack, number).about.id;
	const struct compile_rule *r = compile_find(c, id);

	if (probe_run(pack, test, memory, probe_memory(pack)) == ERR_OK)
		return true;
	if (r)
		fprintf(stderr, "%s:%u: %s\n", r->file, r->doc->line,
			t.matches ? "does not match one of its own test events"
				  : "matches one of its own test events that it has to ignore");
	return false;
}

/* Load what was written, as a device will, and run its tests. */
static int prove(const struct compile *c, struct str bytes, struct pack *pack)
{
	char why[PACK_WHY_MAX];
	int status = COMMAND_OK;

	if (sigma_load(pack, bytes, why) != ERR_OK)
		return opts_failed(COMMAND_FAILED, "the pack cannot be used: %s", why);
	void *memory = malloc(probe_memory(pack) + 8);

	if (!memory)
		return opts_failed(COMMAND_FAILED, "out of memory");
	for (uint32_t i = 0; i < pack_count(pack, PACK_TESTS); i++)
		if (!passes(c, pack, i, memory))
			status = COMMAND_FAILED;
	free(memory);
	return status == COMMAND_OK ? status : opts_failed(status, "tests of rules fail; no pack was written");
}

int sigma_pack_make(struct compile *c, const struct sigma_pack_as *as, struct buf *b, struct pack *pack)
{
	static struct pack_writer w;
	void *memory = malloc(PACK_WRITER_BYTES);
	enum err err;

	if (!memory)
		return opts_failed(COMMAND_FAILED, "out of memory");
	pack_write_init(&w, memory);
	compile_write(c, &w);
	err = pack_write(&w, str_from(as->name), as->version, b);
	free(memory);
	if (err != ERR_OK)
		return opts_failed(COMMAND_FAILED, "the rules do not fit into a pack of %u bytes; make several",
				   PACK_BYTES_MAX);
	return prove(c, buf_str(b), pack);
}
