"""What this room registers with lower ones: its objects, and the customers, with the gate."""

from __future__ import annotations

from rundblick.cases.models import Attachment, Case, Message
from rundblick.customers.models import Customer
from rundblick.people import gate

gate.guard("case", Case, gate.visible_cases, customer="customer_id")
gate.guard("customer", Customer, gate.visible_customers)
gate.guard("message", Message, gate.visible_in_case(), customer="case__customer_id")
gate.guard("attachment", Attachment, gate.visible_in_case("message__case_id"), customer="message__case__customer_id")
