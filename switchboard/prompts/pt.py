"""Portuguese."""

from __future__ import annotations

from switchboard.prompts.sentences import Prompts

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
    cannot_be_texted="Não podemos enviar mensagens para o seu telefone. Ligue de um que mostre o número.",
    agent_connecting="A ligar à próxima chamada.",
    agent_done="A chamada terminou, ou não há ninguém em espera. Até logo.",
    failure="Pedimos desculpa, algo correu mal do nosso lado. Volte a ligar daqui a alguns minutos.",
    text_default="Obrigado pela sua mensagem. Envie HORAS para o horário, ou LINK para o nosso endereço.",
    text_media="Obrigado, recebemos o que enviou.",
    text_help="Respondemos a HORAS e LINK. Envie STOP para não receber mais mensagens nossas.",
    twimlet_invalid_option="Lamento, essa opção não existe.",
    twimlet_restricted="Lamento, está a ligar de um número sem acesso. Até logo.",
    twimlet_announcement="Está a receber uma chamada de {number}. Prima qualquer tecla para aceitar.",
    twimlet_unknown_caller="alguém que não mostra o número",
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
