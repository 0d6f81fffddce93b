"""What cases register with lower rooms: how they follow their customer, and their objects with the gate."""

from rundblick.cases.folding import customers_moved
from rundblick.cases.models import Attachment, Case, Message
from rundblick.core.registry import on_records_moved
from rundblick.customers.models import Customer
from rundblick.people import gate

on_records_moved.append(customers_moved)

gate.guard("case", Case, gate.visible_cases, customer="customer_id")
gate.guard("customer", Customer, gate.visible_customers)
gate.guard("message", Message, gate.visible_in_case(), customer="case__customer_id")
gate.guard("attachment", Attachment, gate.visible_in_case("message__case_id"), customer="message__case__customer_id")
