/* SPDX-License-Identifier: Apache-2.0 */
/* Prints one receipt. */
#include "server-stub/cli/receipt.h"

#include "server-stub/cli/grid.h"

#include <stdio.h>
#include <string.h>

static void steps(json_t *steps_us)
{
	static const char *const names[] = {"decided", "received", "journaled", "acted", "verified"};
	const char *before = "  ";

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		json_t *value = json_object_get(steps_us, names[i]);

		if (!json_is_integer(value) || (json_integer_value(value) == 0 && i < 2))
			continue;
		printf("%s%s +%.2f ms", before, names[i], (double)json_integer_value(value) / 1000);
		before = ", ";
	}
	printf("\n");
}

void receipt_print(json_t *r, int64_t waited_us)
{
	char device[GRID_CELL_MAX], result[GRID_CELL_MAX], verb[GRID_CELL_MAX], about[GRID_CELL_MAX],
		text[GRID_CELL_MAX];
	const char *proof = json_is_true(json_object_get(r, "verified")) ? "verified" : "not verified";

	grid_text(r, "addr", about);
	if (!about[0])
		grid_text(r, "account", about);
	if (!about[0])
		grid_text(r, "pid", about);
	if (!about[0])
		grid_text(json_object_get(r, "params"), "name", about);
	printf("%-16s %s%s%s: %s, %s", grid_text(r, "device_name", device), grid_text(r, "verb", verb),
	       about[0] ? " " : "", about, grid_text(r, "result", result), proof);
	if (grid_text(r, "proof", text)[0])
		printf(", %s%s", strcmp(text, "pending") == 0 ? "proof " : "", text);
	if (json_is_true(json_object_get(r, "repeat")))
		printf(", said again");
	if (waited_us >= 0)
		printf(", after %.2f ms", (double)waited_us / 1000);
	printf("\n");
	if (grid_text(r, "text", text)[0])
		printf("  %s\n", text);
	if (strcmp(grid_text(r, "proof", about), "unproven") == 0)
		printf("  unproven: %s\n", grid_text(r, "proof_why", text));
	if (json_object_size(json_object_get(r, "steps_us")))
		steps(json_object_get(r, "steps_us"));
	if (json_object_get(r, "sealed"))
		printf("  a new secret is sealed in it: caltrop credential open --key escrow_key.pem ID\n");
}
