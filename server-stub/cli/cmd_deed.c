/* SPDX-License-Identifier: Apache-2.0 */
/* `caltrop incident close|note|verdict|assign`: what people do to incidents. Each is one call of the API. */
#include "server-stub/cli/fleet.h"

#include "agent/cli/command.h"
#include "server-stub/cli/item.h"
#include "server-stub/cli/list.h"
#include "server-stub/cli/opts.h"

#include <stdio.h>
#include <string.h>

static const struct opts_option no_options[] = {{.kind = OPTS_END}};

/* The path's last word, and what is printed of the answer. */
struct task {
	const struct opts_command *command;
	const char *suffix, *done, *joint; /* the joint stands before the text, when there is one */
};

static const struct task *running;

static void print(json_t *note)
{
	char text[GRID_CELL_MAX];

	grid_text(note, "text", text);
	printf("%s%s%s\n", running->done, text[0] ? running->joint : "", text);
}

static int run(const struct task *t, int argc, char **argv)
{
	struct opts_list args;
	struct list_url u = {.text = "/api/v1/incidents/"};
	int status = opts_read(t->command, argc, argv, &args);

	if (status == OPTS_GO_ON && !rest_encode(u.text, sizeof(u.text) - strlen(t->suffix), args.items[0]))
		status = opts_wrong(t->command, "the first argument is not the id of an incident");
	if (status != OPTS_GO_ON)
		return status;
	strncat(u.text, t->suffix, sizeof(u.text) - strlen(u.text) - 1);
	running = t;
	return item_run(
		&(struct rest_call){
			.method = "POST",
			.path = u.text,
			.body = json_pack("{s:s}", "text", args.count > 1 ? args.items[1] : ""),
		},
		print);
}

static const struct opts_command close_command = {
	.usage = "incident close ID [TEXT]",
	.about = "Close an incident, and say why. It opens again when the device tells of something later.",
	.examples = "  caltrop incident close 3f2a9c11 'our own scanner'",
	.options = no_options,
	.args_min = 1,
	.args_max = 2,
};

int cmd_deed_close(int argc, char **argv)
{
	return run(&(struct task){&close_command, "/close", "Closed", ": "}, argc, argv);
}

static const struct opts_command note_command = {
	.usage = "incident note ID TEXT",
	.about = "Write a note to an incident. `incident show` lists the notes; none can be changed or removed.",
	.examples = "  caltrop incident note 3f2a9c11 'asked the owner of the address'",
	.options = no_options,
	.args_min = 2,
	.args_max = 2,
};

int cmd_deed_note(int argc, char **argv)
{
	return run(&(struct task){&note_command, "/note", "Noted", ": "}, argc, argv);
}

static const struct opts_command verdict_command = {
	.usage = "incident verdict ID true-positive|false-positive|benign|test",
	.about = "Say what an incident was. The latest verdict counts; the earlier ones stay in the notes.",
	.examples = "  caltrop incident verdict 3f2a9c11 false-positive",
	.options = no_options,
	.args_min = 2,
	.args_max = 2,
};

int cmd_deed_verdict(int argc, char **argv)
{
	return run(&(struct task){&verdict_command, "/verdict", "The verdict is", " "}, argc, argv);
}

static const struct opts_command assign_command = {
	.usage = "incident assign ID OPERATOR",
	.about = "Say who looks after an incident. OPERATOR is the name with which somebody logs in.",
	.examples = "  caltrop incident assign 3f2a9c11 bo",
	.options = no_options,
	.args_min = 2,
	.args_max = 2,
};

int cmd_deed_assign(int argc, char **argv)
{
	return run(&(struct task){&assign_command, "/assign", "Assigned to", " "}, argc, argv);
}
