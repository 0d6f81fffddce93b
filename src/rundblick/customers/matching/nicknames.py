"""Short forms of first names, German and English: which full names a short one may stand for.

Own list, from common knowledge. Names are in the form of ``fold_name`` (umlauts on the bare vowel).
"""

from __future__ import annotations

from collections import defaultdict
from typing import Final

from rundblick.customers.identifiers import fold_name

# full name: its short forms
_FULL: Final = """
alexander: alex sascha sandro xander lex sandy
alexandra: alex sandra sandy alexa
albert: bert al bertie
alfred: alf fred freddy fredi
andreas: andi andy anderl
andrea: andi
angelika: angela geli angie
anna: anni anne annie änne anja nan
annemarie: anne anni
anneliese: anne liesel anni lisa
anthony: tony
antonia: toni tonia
anton: toni
augustus: gus
barbara: babs barbi bärbel babsi barb barbie
bärbel: barbara
beatrice: bea trixi
beate: bea
benedikt: ben bene
benjamin: ben benni benny benji
bernhard: bernd berni hardy
bernd: bernhard berni
brigitte: gitte gitti biggi birgit
carolin: caro caroline lina carrie
caroline: caro carrie lina
catherine: cathy kate katie kathy cath kitty
charles: charlie charley chuck chas
charlotte: lotte charly lotti lottie charlie
christian: chris christoph
christina: chris tina christine christel chrissi
christine: chris tina christel christina chrissi
christoph: chris christof
christopher: chris kit topher
claudia: claudi
cornelia: conny nelly corinna
daniel: dan danny dani
daniela: dani
david: dave davy
deborah: debbie deb
dennis: denny
dieter: didi
dominik: dom domi nik
donald: don donnie
dorothea: dora doro dorle thea
dorothy: dot dolly dottie
edmund: ed eddie ned
eduard: edi ed
edward: ed eddie ned ted teddy
eleanor: nell ellie nora nelly
elena: lena
eleonore: nora lore
elfriede: frieda elfi friedel
elisabeth: elli lisa lisbeth sissi liesel lilli betty elsa else ilse lies sisi lisi
elizabeth: liz lizzie beth betty betsy eliza elsie bess bessie libby lisa
emily: em emmy emmi
emilia: emmi milla mila
emmanuel: manny
erika: eri ricki
eugene: gene
eva: evi
fabian: fabi
felicitas: feli
ferdinand: ferdi ferdl nando
florian: flo flori
frances: fanny fran franny
francis: frank fran frankie
franziska: franzi fanny sissi
frederick: fred freddie freddy fritz
friedrich: fritz fred friedel freddy
gabriele: gabi gaby
gabriel: gabe gabi
georg: schorsch jörg
george: georgie
gerald: gerry jerry
gerhard: gerd hardy
gerda: gerta
gertrud: trude gerti
gertrude: gerty trudy
gisela: gisi gila
giuseppe: pino beppe
gregor: greg
gregory: greg
günther: günni günter
günter: günni günther
hannah: hanna
hannelore: hanne lore hanni
hans: johannes johann hansi hannes
heidemarie: heidi heide
heinrich: heiner heinz heini hein henri
heinz: heinrich
helene: lene leni helena
helmut: helmi helle
henrietta: etta hetty harriet
henry: harry hal hank
herbert: herb bert
hermann: manni
hildegard: hilde hilda
horst: hotte
ingeborg: inge
ingrid: inge
irmgard: irmi irma
isabella: bella isa isi
isabel: bell isa
jacob: jake
jakob: jake jockel köbi
james: jim jimmy jamie jem
jane: jenny janie
jennifer: jenny jen jenni
jeremy: jerry jem
jessica: jessi jess jessie
joachim: jochen achim jo jogi
johann: hans hannes johannes jo
johanna: hanna hanne jo
johannes: hans hannes johann jo joe
john: jack johnny jon
jonathan: jon jonny jona jonas
josef: sepp jupp joschi pepi jo beppo seppi
joseph: joe joey jo sepp
josephine: josie jo
judith: judy
julia: jule juli
jürgen: jürg
karl: kalle charly
karlheinz: karl heinz kalle
karoline: caro lina
katharina: kathi käthe kathrin kati katja rina trina kate
katherine: kate katie kathy kitty kay
katrin: kati kathi
kenneth: ken kenny
klaus: nikolaus
konrad: conny konny
kurt: konrad
larissa: lara
laurence: larry laurie
lawrence: larry laurie
leonard: len leo lenny
leonhard: leo hardy
leonie: leo
leopold: leo poldi
lieselotte: lilo liesel lotte lisa
louis: lou lewis
louise: lou lulu
ludwig: lutz wiggerl
lukas: luca luki luke
luise: lulu isa
magdalena: lena magda leni
manfred: manni fred freddy
manuel: manu
manuela: manu
marcel: celli
margaret: maggie meg peggy greta madge daisy marge peg
margarete: gretel grete greta margret marga gretchen rita
margarethe: gretel grete greta margret marga rita
maria: mia mitzi marie ria
marianne: janne anne
mark: marc
markus: mark maggus
martha: mattie patty
martin: marti
martina: tina
mary: molly polly may mamie minnie
matthias: matze hias matthes mats
matthew: matt
maximilian: max maxi
melanie: melli mel
michael: michi mike michel micha mick mickey michl
michaela: michi ela
mohammed: mo
monika: moni
nathaniel: nat nate nathan
nicholas: nick nicky
nicole: nicki nici niki
nikolaus: klaus niko nick nik
niklas: nik nico nick
norbert: nobbi bert
oliver: oli olli ollie
oskar: ossi
oswald: ossi
otto: otti
pamela: pam
patricia: pat patty tricia trish patsy
patrick: pat paddy
paul: pauli
paula: pauli
peter: pit pete peterle
petra: peti
philip: phil pip
philipp: phil lipp
rainer: rainy
rebecca: becky becca
regina: gina regi
reinhard: reini hardy
renate: reni nate
richard: rick dick rich ritchie ricky richie
robert: rob bob bobby robin bert robbie rupert
roland: rolli
roger: rog hodge
ronald: ron ronny ronnie
rosemarie: rosi rose
rosina: rosi
rudolf: rudi rolf
rupert: rupi bert
ruth: ruthie
sabine: bine sabsi
sabrina: bina sabsi
salvatore: toto
samuel: sam sami sammy
sandra: sandy alexandra
sarah: sally sadie
sebastian: basti bastian seb wastl
siegfried: sigi siggi fred
sigrid: sigi siri
sigmund: sigi
silvia: silvi
simone: simi moni
sophia: sophie sofie fia
stefan: steff steffen stephan
stefanie: steffi steph stefani
stephan: steff stefan
stephanie: steffi steph
stephen: steve stevie
steven: steve stevie
susan: sue susie suzy
susanne: susi sanne sanni suse
suzanne: sue susie suzy
tanja: tania
terence: terry
theodor: theo teddy
theodore: ted teddy theo
theresa: resi tess tessa terry
therese: resi
thomas: tom tommy tomi thom
timothy: tim timmy
tobias: tobi
torsten: tosten toto
ulrich: uli ulli
ulrike: ulli uli rike ulla
ursula: uschi ulla ursel uschy
ute: utta
uwe: uwi
valentin: vali
vanessa: nessa
veronika: vroni moni nika
victoria: vicky tori
viktoria: vicky
vincent: vince vinz
virginia: ginny
walter: walt wolli
waltraud: traudel traudl trude
wendelin: wendel
werner: wern
wilhelm: willi willy helm will
wilhelmina: mina minna
wilhelmine: mina minna helma
william: will bill billy willy willie liam
winfried: winni fred
wolfgang: wolf wolfi wolle
yvonne: vonni
zacharias: zach
"""


def _read(text: str) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for line in text.strip().splitlines():
        full, _, short = line.partition(":")
        name = fold_name(full)
        found[name].add(name)
        for one in short.split():
            found[fold_name(one)] |= {name, fold_name(one)}
    return {name: frozenset(full) for name, full in found.items()}


SHORT_FORMS: Final = _read(_FULL)
