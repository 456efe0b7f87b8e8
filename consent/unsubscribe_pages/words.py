"""What the page says, in each language of our texts."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Words:
    """The words of one language; {number} is the masked number, {topic} a topic."""

    language: str
    title: str
    who: str
    in_these: str
    in_none: str
    leave: str
    leave_all: str
    leave_all_hint: str
    never: str
    never_hint: str
    done: str
    gone: str
    one_text: str
    unknown: str
    unknown_why: str
    stop: str
    too_often: str
    too_often_why: str


EN = Words(
    language="en",
    title="Your texts",
    who="Number {number}",
    in_these="You get texts about these. Leave any of them, or all at once.",
    in_none="You get no texts from us.",
    leave="Leave {topic}",
    leave_all="Leave everything",
    leave_all_hint="All of the above, and anything we may send later.",
    never="Never text this number",
    never_hint="We keep it that way for topics to come, too.",
    done="Done. What you left is not sent to you any more.",
    gone="You have left everything. We do not text this number any more.",
    one_text="You may get one text that says so.",
    unknown="This link leads nowhere",
    unknown_why="It may have been cut off on the way. Open it again from the text you got.",
    stop="You can also answer any of our texts with STOP.",
    too_often="Please come back later",
    too_often_why="Very many people left from your internet connection within the hour, so we "
    "have stopped taking more for now.",
)
ES = Words(
    language="es",
    title="Sus mensajes",
    who="Número {number}",
    in_these="Recibe mensajes sobre estos temas. Puede dejar cualquiera de ellos o todos a la vez.",
    in_none="No recibe ningún mensaje nuestro.",
    leave="Dejar {topic}",
    leave_all="Dejarlo todo",
    leave_all_hint="Todo lo anterior y lo que pudiéramos enviar más adelante.",
    never="No escribir nunca a este número",
    never_hint="También valdrá para temas futuros.",
    done="Hecho. Lo que ha dejado ya no se le envía.",
    gone="Lo ha dejado todo. Ya no escribimos a este número.",
    one_text="Puede que reciba un mensaje que lo confirme.",
    unknown="Este enlace no lleva a ninguna parte",
    unknown_why="Quizá se cortó por el camino. Ábralo de nuevo desde el mensaje que recibió.",
    stop="También puede responder STOP a cualquiera de nuestros mensajes.",
    too_often="Vuelva más tarde, por favor",
    too_often_why="Muchas personas se han dado de baja desde su conexión en la última hora y por "
    "ahora no admitimos más.",
)
FR = Words(
    language="fr",
    title="Vos messages",
    who="Numéro {number}",
    in_these="Vous recevez des messages à ces sujets. Quittez-en un, ou tous à la fois.",
    in_none="Vous ne recevez aucun message de notre part.",
    leave="Quitter {topic}",
    leave_all="Tout quitter",
    leave_all_hint="Tout ce qui précède, et ce que nous pourrions envoyer plus tard.",
    never="Ne jamais écrire à ce numéro",
    never_hint="Cela vaudra aussi pour les sujets à venir.",
    done="C'est fait. Ce que vous avez quitté ne vous est plus envoyé.",
    gone="Vous avez tout quitté. Nous n'écrivons plus à ce numéro.",
    one_text="Vous recevrez peut-être un message qui le confirme.",
    unknown="Ce lien ne mène nulle part",
    unknown_why="Il a peut-être été coupé en route. Ouvrez-le à nouveau depuis le message reçu.",
    stop="Vous pouvez aussi répondre STOP à n'importe lequel de nos messages.",
    too_often="Revenez plus tard, s'il vous plaît",
    too_often_why="De très nombreuses personnes se sont désabonnées depuis votre connexion en une "
    "heure ; pour l'instant, nous n'en prenons pas d'autres.",
)
ALL = {words.language: words for words in (EN, ES, FR)}
