"""What the public pages say around the disclosure, in each language of disclosures."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Words:
    """The words of one language; {program} and {brand} are filled in."""

    language: str
    language_name: str
    title: str
    number: str
    number_hint: str
    number_wrong: str
    agree_missing: str
    not_robot_missing: str
    not_robot_again: str
    new_wording: str
    mend: str
    button: str
    button_once: str
    by_text: str
    no_script: str
    no_script_by_text: str
    no_script_write: str
    terms: str
    privacy: str
    more_help: str
    thanks_title: str
    thanks: str
    thanks_once: str
    thanks_nothing: str

    def button_of(self, *, asks_twice: bool) -> str:
        """Return what the button says: some topics ask for a YES, some take people in at once."""
        return self.button if asks_twice else self.button_once

    def thanks_of(self, *, asks_twice: bool) -> str:
        """Return what is said afterwards, to everybody alike."""
        return self.thanks if asks_twice else self.thanks_once


EN = Words(
    language="en",
    language_name="English",
    title="Get texts from {program}",
    number="Mobile number",
    number_hint="With area code, e.g. 202-555-0147",
    number_wrong="",  # English has the reader's own sentences
    agree_missing="Tick the box if you agree; without your agreement we send nothing.",
    not_robot_missing="Tick “I'm not a robot” and wait a moment, then send the form again.",
    not_robot_again="That check had run out or was used already. Tick it again, then send.",
    new_wording="The wording has changed since you opened this page. Please read it again.",
    mend="Please look at this again:",
    button="Text me to confirm",
    button_once="Sign me up",
    by_text="Rather join by text?",
    no_script="This form needs JavaScript to keep robots out.",
    no_script_by_text="You can join by text instead, as told below.",
    no_script_write="You can ask us to add you instead:",
    terms="Terms",
    privacy="Privacy policy",
    more_help="Questions?",
    thanks_title="Look at your phone",
    thanks="If that number can get texts from {program}, a text is on its way. Answer it with YES "
    "and you are in; without your YES you get nothing else from us.",
    thanks_once="If that number can get texts from {program}, a text is on its way. Do what it "
    "says if it asks for something.",
    thanks_nothing="Nothing came? Check the number and try again tomorrow.",
)
ES = Words(
    language="es",
    language_name="Español",
    title="Reciba mensajes de {program}",
    number="Número de móvil",
    number_hint="Con código de área, p. ej. 202-555-0147",
    number_wrong="Este número no puede ser: escriba los diez dígitos, con el código de área.",
    agree_missing="Marque la casilla si acepta; sin su permiso no enviamos nada.",
    not_robot_missing="Marque la casilla contra robots, espere un momento y envíe de nuevo.",
    not_robot_again="Esa comprobación caducó o ya se usó. Márquela otra vez y envíe de nuevo.",
    new_wording="El texto cambió desde que abrió esta página. Por favor, léalo otra vez.",
    mend="Por favor, revise esto:",
    button="Envíenme el mensaje para confirmar",
    button_once="Inscríbanme",
    by_text="¿Prefiere unirse por mensaje de texto?",
    no_script="Este formulario necesita JavaScript para detener a los robots.",
    no_script_by_text="Puede unirse por mensaje de texto, como se explica abajo.",
    no_script_write="Puede pedirnos que le agreguemos:",
    terms="Términos",
    privacy="Política de privacidad",
    more_help="¿Preguntas?",
    thanks_title="Mire su teléfono",
    thanks="Si ese número puede recibir mensajes de {program}, ya va uno en camino. Respóndalo con "
    "YES y quedará inscrito; sin su YES no recibirá nada más de nosotros.",
    thanks_once="Si ese número puede recibir mensajes de {program}, ya va uno en camino. Si le "
    "pide algo, haga lo que dice.",
    thanks_nothing="¿No llegó nada? Revise el número e inténtelo mañana.",
)
FR = Words(
    language="fr",
    language_name="Français",
    title="Recevez les textos de {program}",
    number="Numéro de mobile",
    number_hint="Avec l'indicatif régional, p. ex. 202-555-0147",
    number_wrong="Ce numéro n'est pas possible : tapez les dix chiffres, avec l'indicatif.",
    agree_missing="Cochez la case si vous acceptez ; sans votre accord, nous n'envoyons rien.",
    not_robot_missing="Cochez la case contre les robots, attendez un instant et renvoyez.",
    not_robot_again="Cette vérification a expiré ou a déjà servi. Cochez-la encore, puis renvoyez.",
    new_wording="Le texte a changé depuis l'ouverture de cette page. Veuillez le relire.",
    mend="Veuillez revoir ceci :",
    button="Envoyez-moi le texto à confirmer",
    button_once="Inscrivez-moi",
    by_text="Vous préférez vous inscrire par texto ?",
    no_script="Ce formulaire a besoin de JavaScript pour écarter les robots.",
    no_script_by_text="Vous pouvez vous inscrire par texto, comme expliqué ci-dessous.",
    no_script_write="Vous pouvez nous demander de vous inscrire :",
    terms="Conditions",
    privacy="Confidentialité",
    more_help="Des questions ?",
    thanks_title="Regardez votre téléphone",
    thanks="Si ce numéro peut recevoir les textos de {program}, un texto est en route. "
    "Répondez YES et vous serez inscrit ; sans votre YES, vous ne recevrez rien d'autre.",
    thanks_once="Si ce numéro peut recevoir les textos de {program}, un texto est en route. "
    "S'il vous demande quelque chose, faites ce qu'il dit.",
    thanks_nothing="Rien reçu ? Vérifiez le numéro et réessayez demain.",
)
ALL = {words.language: words for words in (EN, ES, FR)}
