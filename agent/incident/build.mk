# SPDX-License-Identifier: Apache-2.0
agent-y += agent/incident/evidence.o
agent-y += agent/incident/finding.o
agent-y += agent/incident/incident.o
agent-y += agent/incident/incident_keys.o
agent-y += agent/incident/incident_life.o
agent-y += agent/incident/incident_match.o
agent-y += agent/incident/incident_save.o
