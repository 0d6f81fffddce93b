# ruff: noqa: E501 - one way of saying a thing stands on one line
"""English: the same in fewer variants, for customers who do not write German."""

GREETING = "{Hello|Hi|Dear Sir or Madam|Good morning|Dear Nordlicht team|Hi there|To whom it may concern},"
CLOSING = "{Kind regards|Best regards|Thanks|Thank you|Regards|Many thanks in advance|Best}"

SITUATION = {
    "delivery_late": """
my order {$order |}{has still not arrived|was due on $promised and nothing came|has been "in transit" for $days days now}
{I have been|we have been} waiting for {the $article|our delivery} {since $promised|for $days days}
the tracking {says delivered, but I was at home all day|has not changed since $promised|points to a depot in $wrongcity}
""",
    "invoice": """
{I was charged|you charged me} {twice|$amount euros instead of $lower} for {my order $order|the $article}
I need {an invoice|a proper invoice with VAT} for {my order $order|the $article}{, my employer asks for it|}
the {voucher|discount} {was not taken off|is missing on} {my invoice|the bill}
""",
    "return": """
I {sent back|returned} the $article {on $date|$days days ago} and {still wait for my refund|nobody has confirmed it}
{how do I|where can I} return {the $article|my order $order}? {It does not fit|It is not as described}
I only got $lower euros back {instead of|of} $amount
""",
    "repair": """
my $article ({bought|ordered} on $date) {stopped working|is broken|makes a terrible noise|leaks|shows error E$code}
the $article {does not turn on any more|has the same fault again after your repair}
{after only $months months|just after a year} the $article {died|gave up}
""",
    "damaged": """
the $article arrived {damaged|with a big dent|in a box that was torn open}
{you sent|I received} the wrong {model|item}, I ordered $article
{parts are|the power cable is} missing from {the box|my delivery}
""",
    "product": """
{does|would} the $article {fit into a 60 cm space|work with 110 volts|run on a timer}?
{is|will} the $article {available again soon|suitable for a family of five|be back in stock}?
I cannot find {the manual in English|the power rating} for the $article
""",
    "order_change": """
{please cancel|I would like to cancel} my order {$order|from $date}
{could you|can you} send {order $order|my order} to {another address|my office}?
I {accidentally|by mistake} ordered two $thing_en
""",
    "cancel": """
I {want|would like} to cancel my {maintenance contract|service plan}{ for the $article|}
I cancelled the service plan {weeks ago|on $date} and you still take money from my account
""",
    "address": """
{I have moved|we have moved}, the new address is $street, $plz $city
my name is {spelled wrong|wrong in your system}, it should be $first $last
""",
    "reminder": """
I got a {reminder|payment reminder} for $amount euros, but {I paid on $date|I never received an invoice}
{why do I get|please explain} a late fee for {something I returned|a cancelled order}?
""",
    "appointment": """
the technician {did not show up on $promised|never came|came without the spare part}
I need {an appointment|a technician} for my $article
""",
    "complaint": """
{nobody in your company|no one} knows what the other department does, {I had to explain everything four times|every agent tells me something else}
your hotline {hung up on me|kept me waiting for 40 minutes}
""",
}
DEMAND = """
{Please let me know|Could you tell me} {when this will be solved|what happens next|what I should do}.
{Please reply in English if possible, my German is not so good|An answer in English would help}.
{I expect an answer this week|Please get back to me soon}.
{Can somebody call me on $phone|Please fix this}?
"""
RETURN = {
    "chase": "{I wrote to you on $lastday and got no answer|Any news on this|Second message, no reply so far}. ",
    "broken": "{You promised to call me back by $duedate, nobody did|I was told you would get back to me. You did not}. ",
    "wrong": "{This did not solve my problem|Your answer does not help|Your colleague told me something different}. ",
    "sent_here": "{Your hotline sent me here|I was told to write an e-mail, so here we go again}. ",
    "told_again": "{I already gave you this|Again}: $known. ",
    "again": "{Thanks, but that does not help|I already sent you a message}. ",
    "thanks": "{Thank you, it works now|Great, thanks for your help|Perfect, problem solved}. ",
    "where_is_it": "{Where is my appliance|Any update on the repair}? ",
}
ANGRY = "{This is unacceptable.|I am really disappointed.|Never again.|I will leave a review about this.}"
HELLO = "{Dear|Hello} $first $last,"
AGENT = {
    "solution": """
{thank you for your message|sorry for the wait}. {I have fixed this for you|We have sorted it out}: {your refund is on its way|a replacement leaves today|the delivery will arrive on $duedate|the invoice is corrected and attached}.
{good news|all done}: {the technician comes on $duedate|your details are updated|the contract is cancelled}.
""",
    "non_solution": """
{thank you for contacting us|we are sorry for the inconvenience}. {Your request is being processed, please be patient|Please contact the department in charge|Unfortunately we cannot help in this case}.
{according to our system|as far as we can see} {everything is in order|the case is closed}.
""",
    "ask_known": "{please send us your order number|could you confirm your address|please tell us your customer number and date of birth}, {so that we can find your case|we cannot continue without it}.",
    "promise": "{I will check and come back to you by $duedate|You will hear from us by $duedate at the latest}.",
    "late_answer": "{I see you already called us. I will close this request|Sorry for the late answer, I hope this is settled}.",
    "send_in": "{please send in the appliance|we opened a return for you}, {your number is $rma|reference $rma}. {It takes about two weeks|The carrier will contact you}.",
}
SUBJECT = "{Order $order|My order|Question|Refund|Broken $article|Complaint|Delivery|Invoice|Help needed|$article}"
NOTE = "{engl. Kd.|Kd. spricht nur Englisch|EN}: $short. {mit Händen u. Füßen|Kollegin übersetzt|aufgenommen}"
REVIEW = {
    "bad_review": (
        "{Bad service|Disappointed|Never again|Stay away}",
        "{Product ok, service terrible|Nobody helps you}: $situation - {one star|avoid}.",
    ),
    "good_review": (
        "{Good|Happy customer|Nice}",
        "{Works fine|Happy with the $article}. {Support answered in English|Fast delivery}.",
    ),
}
SURVEY = {"bad": "{too slow|nobody speaks English|not solved}", "good": "{fast and friendly|all good|thanks}"}
SOCIAL = "{@nordlicht|hey @nordlicht} - $situation - {Any help?|Please answer|Anyone there?}"
