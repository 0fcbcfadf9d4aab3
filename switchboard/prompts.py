"""Every sentence that is spoken or texted, by language. Edit them here.

A language is found by its BCP 47 tag (`en`, `en-GB`, `pt`, `pt-BR`): the part before the hyphen chooses the
sentences, the whole tag the voice that speaks them.
"""

from __future__ import annotations

import msgspec


class Prompts(msgspec.Struct, frozen=True, kw_only=True):
    """The sentences of one language. `{…}` in a sentence is filled in when it is said.

    `speech` maps a word a caller may say to the key of the menu that it stands for; `keywords` a word texted to us,
    in capitals, to the answer it gets.
    """

    tag: str
    welcome: str
    menu: str
    not_understood: str
    goodbye: str
    connecting: str
    nobody_answered: str
    leave_a_message: str
    no_message: str
    message_received: str
    joining_queue: str
    queue_position: str
    nobody_free: str
    link_sent: str
    link_text: str
    agent_connecting: str
    agent_done: str
    failure: str
    text_default: str
    text_media: str
    twimlet_invalid_option: str
    twimlet_restricted: str
    twimlet_announcement: str
    twimlet_leave_a_message: str
    twimlet_thanks: str
    twimlet_enter_code: str
    twimlet_entering: str
    twimlet_entered: str
    twimlet_no_bucket: str
    twimlet_no_music: str
    speech: dict[str, str]
    keywords: dict[str, str]


ENGLISH = Prompts(
    tag="en-US",
    welcome="Thank you for calling.",
    menu=(
        "To speak to somebody now, press 1. To wait for the next free agent, press 2. To leave a message, press 3. "
        "To get our web address as a text, press 4. To hear this again, press star."
    ),
    not_understood="Sorry, I did not get that.",
    goodbye="We did not hear a choice. Please call again at any time. Good bye.",
    connecting="One moment, I am connecting you.",
    nobody_answered="Nobody could take your call.",
    leave_a_message="Please leave a message after the beep, and press the hash key when you are done.",
    no_message="We did not hear a message. Good bye.",
    message_received="Thank you, we have your message. Good bye.",
    joining_queue="You will be with the next free agent.",
    queue_position="You are number {position} in the line.",
    nobody_free="All our agents are still busy.",
    link_sent="We have sent you the link. Good bye.",
    link_text="Here is the link you asked for: {link}",
    agent_connecting="Connecting you to the next caller.",
    agent_done="The call has ended, or nobody is waiting. Good bye.",
    failure="We are sorry, something went wrong on our side. Please call again in a few minutes.",
    text_default="Thank you for your message. Text HOURS for our opening hours, or LINK for our web address.",
    text_media="Thank you, we have what you sent.",
    # To the letter what twimlets.com says: a caller there and here hears the same.
    twimlet_invalid_option="I'm sorry, that wasn't a valid option.",
    twimlet_restricted="Sorry, you are calling from a restricted number. Good bye.",
    twimlet_announcement="You are receiving a call from {number}.  Press any key to accept.",
    twimlet_leave_a_message="Please leave a message after the beep.",
    twimlet_thanks="Thanks.  Good bye.",
    twimlet_enter_code="Please enter your conference pass code",
    twimlet_entering="You are now entering the conference line.",
    twimlet_entered="{caller} has entered your conference.  Call the number this text came from to join.",
    twimlet_no_bucket="An S 3 bucket is required.",
    twimlet_no_music="Failed to fetch the hold music.",
    speech={
        "operator": "1",
        "somebody": "1",
        "agent": "2",
        "wait": "2",
        "message": "3",
        "voicemail": "3",
        "link": "4",
        "text": "4",
        "repeat": "*",
        "again": "*",
    },
    keywords={
        "HOURS": "We are open on weekdays from 9 to 18.",
        "LINK": "You find us at {link}",
    },
)

PORTUGUESE = Prompts(
    tag="pt-PT",
    welcome="Obrigado por ligar.",
    menu=(
        "Para falar já com alguém, prima 1. Para aguardar pelo próximo assistente livre, prima 2. Para deixar uma "
        "mensagem, prima 3. Para receber o nosso endereço por mensagem, prima 4. Para ouvir de novo, prima asterisco."
    ),
    not_understood="Desculpe, não percebi.",
    goodbye="Não ouvimos a sua escolha. Volte a ligar quando quiser. Até logo.",
    connecting="Um momento, vou passar a chamada.",
    nobody_answered="Ninguém pôde atender a sua chamada.",
    leave_a_message="Deixe a sua mensagem depois do sinal e prima cardinal quando terminar.",
    no_message="Não ouvimos nenhuma mensagem. Até logo.",
    message_received="Obrigado, recebemos a sua mensagem. Até logo.",
    joining_queue="Vai falar com o próximo assistente livre.",
    queue_position="É o número {position} na fila.",
    nobody_free="Os nossos assistentes continuam ocupados.",
    link_sent="Enviámos-lhe a ligação. Até logo.",
    link_text="Aqui está a ligação que pediu: {link}",
    agent_connecting="A ligar à próxima chamada.",
    agent_done="A chamada terminou, ou não há ninguém em espera. Até logo.",
    failure="Pedimos desculpa, algo correu mal do nosso lado. Volte a ligar daqui a alguns minutos.",
    text_default="Obrigado pela sua mensagem. Envie HORAS para o horário, ou LINK para o nosso endereço.",
    text_media="Obrigado, recebemos o que enviou.",
    twimlet_invalid_option="Lamento, essa opção não existe.",
    twimlet_restricted="Lamento, está a ligar de um número sem acesso. Até logo.",
    twimlet_announcement="Está a receber uma chamada de {number}. Prima qualquer tecla para aceitar.",
    twimlet_leave_a_message="Deixe a sua mensagem depois do sinal.",
    twimlet_thanks="Obrigado. Até logo.",
    twimlet_enter_code="Introduza o código da conferência",
    twimlet_entering="Vai entrar na conferência.",
    twimlet_entered="{caller} entrou na sua conferência. Ligue para o número desta mensagem para participar.",
    twimlet_no_bucket="É preciso indicar um bucket S 3.",
    twimlet_no_music="Não foi possível obter a música de espera.",
    speech={
        "operador": "1",
        "alguém": "1",
        "assistente": "2",
        "aguardar": "2",
        "mensagem": "3",
        "ligação": "4",
        "endereço": "4",
        "repetir": "*",
        "novo": "*",
    },
    keywords={
        "HORAS": "Estamos abertos nos dias úteis, das 9 às 18.",
        "LINK": "Encontra-nos em {link}",
    },
)

LANGUAGES = {"en": ENGLISH, "pt": PORTUGUESE}


def find(language: str) -> Prompts | None:
    """The sentences for a BCP 47 tag, with that tag as their voice's; None when we have none in that language.

    >>> find("pt-BR").tag, find("pt").tag, find("fr")
    ('pt-BR', 'pt-PT', None)
    """
    found = LANGUAGES.get(language.split("-")[0].lower())
    if found is None or "-" not in language:
        return found
    return msgspec.structs.replace(found, tag=language)
