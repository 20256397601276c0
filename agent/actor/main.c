/* SPDX-License-Identifier: Apache-2.0 */
/* caltropd as a program of its own. Nothing else is here: agent/one/main.c is it where three programs are one. */
#include "agent/actor/actor_main.h"

int main(int argc, char **argv)
{
	return actor_main(argc, argv);
}
