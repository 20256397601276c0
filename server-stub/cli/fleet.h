/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The fleet's commands of `caltrop`, one function each, for the table in table.c. argv[0] is the last word of the
 * command's name, options and arguments follow. Each returns an enum command_exit (agent/cli/command.h).
 */
#pragma once

int cmd_login(int argc, char **argv);
int cmd_logout(int argc, char **argv);
int cmd_password(int argc, char **argv);
int cmd_session_list(int argc, char **argv);
int cmd_session_end(int argc, char **argv);
int cmd_context_list(int argc, char **argv);
int cmd_context_remove(int argc, char **argv);
int cmd_token_create(int argc, char **argv);
int cmd_token_list(int argc, char **argv);
int cmd_token_revoke(int argc, char **argv);
int cmd_device_list(int argc, char **argv);
int cmd_device_show(int argc, char **argv);
int cmd_device_approve(int argc, char **argv);
int cmd_device_revoke(int argc, char **argv);
int cmd_device_rename(int argc, char **argv);
int cmd_device_move(int argc, char **argv);
int cmd_device_label(int argc, char **argv);
int cmd_device_delete(int argc, char **argv);
int cmd_event_list(int argc, char **argv);
int cmd_event_follow(int argc, char **argv);
int cmd_incident_list(int argc, char **argv);
int cmd_incident_show(int argc, char **argv);
int cmd_deed_close(int argc, char **argv);
int cmd_deed_note(int argc, char **argv);
int cmd_deed_verdict(int argc, char **argv);
int cmd_deed_assign(int argc, char **argv);
int cmd_ban_list(int argc, char **argv);
int cmd_effect_list(int argc, char **argv);
int cmd_effect_undo(int argc, char **argv);
int cmd_report(int argc, char **argv);
int cmd_order_push(int argc, char **argv);
int cmd_order_verbs(int argc, char **argv);
int cmd_order_list(int argc, char **argv);
int cmd_order_show(int argc, char **argv);
int cmd_order_cancel(int argc, char **argv);
int cmd_object_list(int argc, char **argv);
int cmd_object_show(int argc, char **argv);
int cmd_object_get(int argc, char **argv);
int cmd_object_offer(int argc, char **argv);
int cmd_object_remove(int argc, char **argv);
int cmd_rule_build(int argc, char **argv);
int cmd_rule_check(int argc, char **argv);
int cmd_rule_test(int argc, char **argv);
int cmd_rule_explain(int argc, char **argv);
int cmd_playbook_lint(int argc, char **argv);
int cmd_playbook_push(int argc, char **argv);
int cmd_playbook_show(int argc, char **argv);
int cmd_playbook_sign(int argc, char **argv);
int cmd_playbook_test(int argc, char **argv);
int cmd_receipt_verify(int argc, char **argv);
int cmd_credential_open(int argc, char **argv);
int cmd_key_create(int argc, char **argv);
int cmd_key_trust(int argc, char **argv);
int cmd_key_list(int argc, char **argv);
int cmd_key_revoke(int argc, char **argv);
int cmd_trust_show(int argc, char **argv);
int cmd_trust_sign(int argc, char **argv);
int cmd_trust_push(int argc, char **argv);
int cmd_trust_require(int argc, char **argv);
int cmd_trust_escrow(int argc, char **argv);
int cmd_trust_ca(int argc, char **argv);
int cmd_trust_create(int argc, char **argv);
int cmd_user_list(int argc, char **argv);
int cmd_user_add(int argc, char **argv);
int cmd_user_role(int argc, char **argv);
int cmd_user_disable(int argc, char **argv);
int cmd_user_reset(int argc, char **argv);
int cmd_audit_list(int argc, char **argv);
