//! Words that are common in the names of persons in India, and words that
//! show that a value names a place, an office or a thing instead.
//!
//! Written for this purpose from general knowledge; not a register of any
//! kind. Spellings that differ only in vowel length, doubling or aspiration
//! need no entry of their own, see [`super::person_name`].

/// Given names of women and men, all regions and faiths.
pub(super) const GIVEN: &str = "
aadil aarav aarti aarushi aasha abbas abdul abhay abhijeet abhijit abhilash abhinav abhishek
adarsh adil aditi aditya afroz afreen afsana aftab ahmad ahmed aisha ajay ajeet ajit ajmal akash
akbar akhil akhilesh akram akshay alam alia alisha alka alok aman amandeep amar amarjeet amarjit
amarnath ambika amina amir amisha amit amita amitabh amol amrita amrit amruta anamika anand
anandi ananya anil anima anish anisha anita anjali anjana anju anjum ankit ankita ankur anmol
annapurna anshu anshul anu anuj anup anupam anupama anuradha anurag anusha anushka anwar aparna
apoorva arati archana arif arjun armaan arpit arpita arshad aruna arun arunima arvind arya asif
asha ashiq ashish ashok ashutosh ashwani ashwini asim aslam asma asmita atul avinash ayaan ayesha
ayush ayushi azad azhar babita babli bablu babulal badal baldev balbir balram balwant balwinder
barkha basanti basant bela bhagwan bhagwati bharat bharati bharti bhaskar bhavana bhavesh bhavna
bhawna bhim bhola bholu bhumi bhupendra bhuvan bijay bijoy bikash bikram bimal bimala bina binita
binod bipin birendra birju birsa brijesh budhni budhu chameli champa chanchal chanda chandan
chandani chandni chandra chandrakala chandrakant chandrika chandu charan charu chetan chetna
chhaya chhotelal chhotu chintu chirag chitra dalip damini damodar daya dayanand dayaram deepa
deepak deepali deepika deepmala deepti devaki devansh devendra devika devraj dhananjay dhanraj
dhanush dharam dharmendra dheeraj dhiraj dhruv diksha dilip dilshad dimple dinesh dipa dipak
dipali dipika dipti divya divyanshu diya dolly dulari durga durgesh dushyant ekta esha faisal faiz
faizan farah farhan farida fariha farooq faruk farzana fatima fatma feroz fiza firdaus firoz gaurav
gauri gautam gayatri geeta geetanjali geetika ghanshyam girija girish gita gopal gopi govind gudiya
guddi guddu gulab gulshan gunjan gurdeep gurmeet gurpreet gurvinder habib hafiz hamid hanif hanuman
haresh hari harish harjeet harjit harpal harpreet harsh harsha harshit harshita hasan haseena
hasina heena hema hemant hemlata hetal himani himanshu hina hira hiralal hitesh humaira hussain
ibrahim ikram ilyas imran imtiaz indira indra indrajit indu iqbal irfan isha ishaan ishika ishita
ishwar ismail jabbar jagat jagdish jagdeep jahangir jahanara jaikishan jamal jamila janak janaki
janvi jasbir jaspal jaspreet jasmin jasmine jaswant javed jaya jayant jayanti jayesh jayshree
jeetendra jeevan jenifer jhuma jignesh jitender jitendra joginder jyoti jyotsna kabir kailash
kajal kajol kalavati kalawati kaleem kali kalpana kalyani kamal kamala kamalesh kamini kamla
kamlesh kamran kanchan kanhaiya kanika kanta kanti kapil karan karim karina kartik karthik
kaushal kaushalya kaveri kavita kavitha keshav ketan khadija khalid khushboo khushbu khushi kiran
kiranbala kirti kishan kishor kishore komal krishan krishna kriti kshitij kuldeep kuldip kumud
kunal kundan kunti kusum lajwanti lakhan lakshman lakshmi lalan lali lalit lalita lalitha lata
latika lavanya laxman laxmi leela lila lokesh lovely luv madan madhav madhavi madhu madhubala
madhumita madhuri madhusudan mahendra mahesh maheshwari mahima mahmud mahmood mala malati malik
malini malti mamata mamta manas manasi mandeep mangal mangala mangesh mangla mani manik manika
manisha manish manjeet manjit manjari manju manjula manjusha manoj manohar manorama mansi mansoor
mary masud maya mayank mayur meena meenakshi meera megha meghna mehboob mehul mihir mina minakshi
minati mini minu mira mitali mithilesh mithun mohammad mohammed mohan mohini mohit mohsin moin
momina monika monu moti motilal mousumi mridul mubarak mudassar mukesh mukta mukul mumtaz munni
munna munnalal muniya murali murari murugan muskan mustafa mustaq nadeem nafisa nagendra nagma nahid
naina najma namita namrata nanda nandini nandita nandlal narayan narendra naresh nargis narinder
nasim nasir nasreen nasrin naushad naveen navin navneet nazia nazma neel neelam neeraj neeru neeta
neetu neha nidhi nikhil nikita nilam nilesh nilima niraj nirmal nirmala nisha nishant nishi nishu
nita nitesh nithya nitin nitish nitu nusrat niyati om omprakash omkar padma padmavati padmini pallavi
pankaj parag paramjit parbati pardeep parminder parul parvati parveen parvez parwati payal phool
phoolan phulmani phulo pinki pinku pintu piyush pooja poonam pooran prabha prabhakar prabhat
prabhavati prachi pradeep pradip pragya prakash prakhar pramila pramod pranab pranav pranjal
prasanna prasant prashant pratap prateek pratibha pratik pratima praveen pravin preeti prem
prema premlata prerna pritam priti priya priyank priyanka puja puneet punam punita puran puranmal
purnima purushottam pushpa pushpendra pushpraj rachana rachna radha radhe radheshyam radhika rafiq
raghav raghu raghunath raghuveer rahim rahman rahul raj raja rajan rajani rajat rajaram rajdeep
rajeev rajendra rajesh rajeshwari rajinder rajiv rajjo rajkumar rajkumari rajnath rajni rajnish
rajpal raju rakesh rakhi rakib ramadevi raman ramavtar rambabu ramesh rameshwar ramkali ramkumar
ramlal rampal rampyari ramratan ramsevak ramvati randhir rani ranjan ranjana ranjeet ranjit ranjita
ranu rashid rashida rashmi ratan ratna ravi ravina ravinder ravindra rayees razia reena reeta rehana
rehman rekha renu renuka resham reshma revati rhea richa riddhi rihana rina rinki rinku rishabh rishi
rita ritesh ritika ritu riya riyaz rizwan rizwana robin rohan rohini rohit roma roshan roshni rubi
rubina ruby ruchi rukhsana rukhsar rukmini rupa rupali rupesh rupinder ruksana saba sabina sabir
sabita sabnam sachin sadanand saddam sadhana sadiq saeed safiya sagar saheb sahil sahiba saida
saif saira sajid sajjad sakshi sakina salim salma salman samina sameer samir samiran samiksha sampat
sana sandeep sandhya sandip sangeeta sangita sanjana sanjay sanjeev sanjit sanjiv sanju sanskriti
santosh santoshi sapna sara sarala sarda sarfaraz sarika sarita sarla saroj sarojini sarswati
saraswati sarvesh satendra satish satnam satpal satya satyam satyendra satyanarayan saurabh saurav
savita savitri sayed sayeeda seema sejal shabana shabbir shabnam shabir shagun shahbaz shahid
shahida shahin shahina shahnawaz shahnaz shahrukh shaik shailendra shailesh shaista shakeel shakil
shakila shakti shakuntala shama shambhu shamim shamima shamsher shankar shanta shanti shantanu
sharad sharda sharmila shashank shashi shashikala shaukat sheela sheetal shefali shehnaz shekhar
shikha shila shilpa shilpi shiv shiva shivam shivangi shivani shivkumar shivraj shobha shobhana
shoaib shraddha shreya shriya shruti shubh shubham shubhangi shweta shyam shyama siddharth siddhi
sima simran sita sitaram smita smriti sneha snehal snehlata sohail sohan som soma sona sonali sonam
sonakshi soni sonia sonu sourav subash subhadra subhash subodh suchitra sudesh sudha sudhakar
sudheer sudhir sudip sugandha suhani sujata sujit sukhdev sukhwinder sukanya sulekha sulochana
suman sumanta sumati sumitra sumit sumita sunaina sunder sundari suneel suneeta sunil sunita sunny
supriya suraj suraiya surbhi surekha surendra suresh surinder surjeet surya sushant sushil sushila
sushma susmita suvarna swapan swapna swapnil swati swarna sweety syed tabassum tahir taj tanisha
tanmay tannu tanu tanuja tanushree tanvi tapan tara tarannum tarun tasleem tej tejas thakur tina
trilok tripti tulsi tushar uday ujjwal ujjwala uma umang umesh upendra urmila urvashi usha usman
utkarsh uttam vaibhav vaishali vaishnavi vandana vanita varsha varun vasant vasanti vasudev vedant
veena veer veerendra vibha vidhi vidya vijay vijaya vijayalakshmi vijender vijendra vikas vikash
vikram vikrant vimal vimala vimla vina vinay vinaya vinayak vineet vineeta vinita vinod vinodini
vipin vipul virat virender virendra vishal vishnu vishwanath vishvas vivek vrinda wahida wasim yadunath
yamini yamuna yash yashoda yashpal yashwant yasmin yasmeen yogendra yogesh yogita yusuf zaheer
zahid zahida zaid zainab zakir zarina zeba zeenat zoya zubair zulfiqar
aadhya aarohi advait ahana anvi anvit avani dhanya dhriti divit eshan hridaya ira ishan kavya kiaan
kiara krisha mahi mishti myra navya nirvaan nitya pari pihu prisha reyansh riaan ridhi rudra saanvi
samaira shanaya shaurya siya swara tara vanya vihaan vivaan yuvraj
aishwarya akshara ambujam anbu arumugam balaji balakrishnan bhavani bhuvaneswari chandrasekar
chinnamma chinnaswamy deivanai devarajan dhanalakshmi dhanasekar dharani divakar elango eswari
ezhil ganapathy ganga ganesan ganesh gokul gomathi gopalan gowri gowtham hamsa hariharan ilango
indrani iyappan jagan jagadeesan janani jayalakshmi jayanthi jayaraman jeyanthi kadhir kala kalaivani
kalyan kamalam kanaga kanagaraj kanimozhi kannan karpagam karthika karthikeyan karuppasamy kasthuri
kathir kumaran kumaresan kuppusamy lakshmanan loganathan logeswari madhavan magesh mahadevan
mahalakshmi malar malarvizhi manikandan manimegalai manivannan mariappan mariyammal marimuthu
meenakshisundaram mohanraj murugesan muthu muthulakshmi muthukumar muthusamy nagaraj nagarajan
nalini nandhini natarajan nithya padmanabhan palani palanisamy pandi pandian parameswari
parthiban perumal ponni prabhu prabu pradeepa premkumar pugazh radhakrishnan rajalakshmi rajamani
rajammal rajasekar rajeswari ramachandran ramakrishnan ramalingam ramanathan ramasamy ramya
rangasamy rukmani sakthi sakthivel sankar santhi santhosh saravanan sarathkumar sasikala sasikumar
sathish sathya sathyan selva selvam selvaraj selvi senthil senthilkumar shanmugam sharmila
sivakumar sivaraman sridevi sridhar srinivas srinivasan sripriya subramani subramaniam subramanian
sudarshan sugumar sumathi sundar sundaram suganya surya swaminathan tamil tamilarasi tamilselvi
thangam thangaraj thilaga uma umamaheswari vadivel valli vanaja vanitha vasantha vasanthi velmurugan
velu venkat venkatesan venkatesh vetri vignesh vijayakumar vijayan vimala yuvaraj
anjaneyulu appalaraju bhaskara chandrababu chiranjeevi durgaprasad ganapathi gopichand hanumanthu
haritha jagadeesh jagannadham kanakadurga kondaiah koteswara krishnaveni lakshmaiah mallaiah
mallesh mallikarjun mounika nagamani nagaraju nageswara narasamma narasimha narsimha padmaja
parvathi pavan pavani prasanth raghavendra rajyalakshmi ramadevi ramaiah ramulu sailaja sambasiva
sandhyarani satyavathi shirisha sirisha sivaji sowjanya srilatha srinivasa srinivasulu sujatha
suneetha suryanarayana swarnalatha tirupathi varalakshmi veeraiah venkanna venkataiah venkatalakshmi
venkataramana venkateswarlu venkateswara yadagiri yellaiah
anitha ajith aneesh anoop aswathi babu biju bindu bincy deepthi gopika jibin jincy jijo jissa jobin
joby jomon joseph lekha lijo lissy manju mathew midhun nimisha praseetha rajeevan rejitha remya
reshmi saji sajeev santhosh shaji shibu shiny sibi sindhu sobha sreeja sreekala sreekumar sreelatha
sreenivasan sunitha thankachan thomas tintu unni vineeth
basavaraj basappa chandrappa chandrashekar doddamma gangamma gangadhar girijamma hanumanthappa
jayamma kenchamma lakkamma lakshmamma mahadevappa mallappa manjunath manjunatha nagamma nagappa
nanjamma nanjundaswamy narayanappa parvathamma prakasha puttamma puttaswamy raghunandan rajamma
ramappa rangappa rathnamma rudramma sannamma sharanappa shantamma shivanna siddamma siddappa somanna
sumalatha thimmappa veerabhadra venkatappa yallamma
abhirup aniket anirban arindam arnab arunava ashim asit barnali bibhas biplab bishnu biswajit chaitali
debabrata debashis debasish debjani dibakar dipankar gobinda gopinath hemanta indrajit jayanta joydeb
joydeep kakali kalidas kanai krishnendu madhabi mahadeb malay manas mithu moumita nabin nilanjana
nimai nirupama paresh partha pijush piyali pradip pranati prasenjit protima rabin rabindra ranajit
ratna rintu rumpa sandhya sanjib santanu saraswati shampa shibani shubhra sikha somnath soumen
soumitra subal subrata sudipta sukanta sukumar sumitra supriya sushanta swapan tapas tapati tarak
tarapada tumpa uttam
ajaya akshaya banamali basanta bhagaban bhagirathi bidyadhar bijaya binapani chaitanya debaki
dharanidhar dibya droupadi gangadhar golak gouranga hadibandhu jagannath jayadev jhunu kabita
kailas kanhu kartika laxmidhar lingaraj mamali manorama minati nabakishore narahari nirupama niranjan
padmalochan pabitra prafulla pramila prasanta prativa rabinarayan rasmita sabitri sanatan santilata
saroj sasmita sitakanta snehalata subasini suchismita sukanti surendra tapaswini trilochan
amarendra bhaben biren bhupen diganta dipen dwipen ganesh gitali hiren hitesh jadav jiten jonali
junmoni jyotish kabita kamal khagen lakhi lohit madhab manju moina monalisa montu nabajyoti nayan
niren pabitra parag phukan porimol pranita prodip puspa rekhamoni rituraj rupjyoti tarali
alice angela anthony benjamin bernard celina christina daniel david elizabeth emmanuel esther
francis george gabriel grace gracy helen isaac jacob james jane jenny jerry jessy jobin john johny
jonathan joseph joshua joyce julie kevin leena lilly linda lucy maria mariam martha martin michael
monica nancy neethu paul peter philip priscilla rachel rebecca regina richard robert roselin roshan
ruth samson samuel sarah selina sheeba simon sophia stella stephen susan sylvia teresa thomas
veronica victor victoria vincent william
lalmuanpuia lalrinmawia lalthanmawia zorinmawia lalremruata vanlalruata malsawma lalhmangaiha
thangjam ibomcha ibemhal sanatombi tombi chaoba premila bembem memcha ningthou
temjen imti moa limasenla imkong nungsang khriebu neikuo vikuo kevi
bhimsen birsingh budhram chaitu chaitram dukalu fulmati jagmohan jhamu kosa lakhmu madvi mangli
mangtu phagu sahdev samaru sanicharwa soma somari somra sukhmani sukhram sukra sukurmani sumari
manglu mangri etwari etwa budhu budhni karmi karma jatru birsa phulmani jauni
";

/// Surnames, and words that follow a given name.
pub(super) const FAMILY: &str = "
acharya adhikari agarwal aggarwal agrawal ahirwar ahluwalia ali ansari arora awasthi bagchi bahadur
bai baig bajaj bajpai balmiki bandyopadhyay banerjee banerji bano bansal barik barla barman barua
baruah basu batra begam begum behera ben bera bhagat bhai bhalla bhandari bhardwaj bhargava bharadwaj
bhat bhatia bhatnagar bhatt bhattacharya bhattacharjee bhosale bhosle bhowmick bhuiya bhuyan bibi
biswal biswas bora borah bordoloi bose brahma burman chakma chakraborty chakrabarti chamar chand
chandel chandra chatterjee chatterji chattopadhyay chaubey chaudhari chaudhary chaudhry chaudhuri
chauhan chaurasia chavan chawla chettiar chhetri chopra choudhary choudhury choubey das dasgupta
dash dass datta dave debbarma deb deka desai deshmukh deshpande dev devi dewangan dey deyal dhaka
dhawan dhillon dhiman dhobi diwan dixit doley dubey dutt dutta dwivedi ekka fernandes fernando
gaikwad gandhi ganguly garg gautam gavit gawande gharami ghosh ghosal giri gill goel gogoi gohain
goswami gowda goyal grewal guha gujjar gupta gurjar gurung halder hansda hansdah haldar hazarika
hembram hembrom hiremath horo husain hussain iyengar iyer jadhav jain jaiswal jamatia jana jangid
jatav jha joshi kachhap kadam kalita kamble kapoor kapur karmakar kashyap kasana katara kaur kerketta
khalkho khan khandelwal khanna khanum khari khatoon khatri khatun khurana kisku kohli koiri kol koli
konwar kori kujur kulkarni kumar kumari kumhar kurmi kushwaha lakra lal lama lanjewar lepcha lodhi
lohar mahanta mahapatra maharana mahato mahajan maheshwari mahto maitra majhi majumdar malhotra
malik mallah mallick mandal mandavi manjhi manna marandi markam maurya meena meghwal mehra mehta
menon mian minz mirza mishra misra mistry mitra modi mohanty mohapatra mondal more mukherjee
mukhopadhyay munda murmu musahar mushahar nag nagvanshi naidu naik nair nambiar namasudra nandi narang nath
nayak negi netam nishad ojha oraon oram padhi padhy pal panda pande pandey pandit panigrahi paramanik
parida parihar parmar pasi paswan patel pathak pathan patil patnaik patra patwa pawar pillai pillay poddar pradhan
prajapati prajapat prasad purohit qureshi rabha rai raikwar raj rajak rajbanshi rajbhar rajbongshi
rajput rajwar ram rana ranjan rao rastogi rathod rathore rathour raut rautela ravidas rawat ray reang reddy
rout roy sabar sachdeva saha sahani sahay sahni sahoo sahu saikia saini salunkhe salvi samal samanta
sangma santra sao sardar sarkar sarma satpathy savarkar sawant saxena sen sengupta seth sethi sethy setty
shah shaikh shaik sharma sheikh shekh shetty shinde shrivastav shrivastava shukla sinh siddiqui sidhu
sikarwar singh singha sinha solanki som soni sonkar soren sridharan srivastav srivastava subba sulemani
sultana swain swami swamy tamang tandon taneja tanti teli thakre thakur tharu thapa tigga tirkey
tiwari tiwary toppo toriya tripathi tripathy tripura trivedi tudu tyagi uikey upadhyay upreti vaidya
valmiki varma vasava verma vishwakarma vyas wagh waghmare yadav yadava zaidi
achari achary amma ammal anna appa babu chetty devar gounder goud goud kutty konar kurup mudaliar
muthu naicker nadar nambiar panicker rajan rowther samy thevar varghese varma
hmar khongwir khonglah khongsit kharkongor lyngdoh marak momin nongbri nongrum pariat sangma shira
shylla syiem syngai warjri ao angami lotha konyak sema phom chang haokip kipgen singson vaiphei zou
khumukcham laishram moirangthem ningombam thoudam yumnam
";

/// Words of places, offices, schemes and things: a value with such a word
/// names no person.
pub(super) const NOT_A_PERSON: &str = "
nagar nagari pur pura puram puri khurd kalan khas bujurg buzurg tola tolla tal tanda gaon gram garh
garhi ganj bazar bazaar chak mauza patti dih tand para pally palli halli gudem palem patnam wadi wada
khera kheda majra basti colony ward village urf alias uparhar milkiyat kachhar ahatmali ahatmal
mustakil must mu jagir mafi raiyat taraf pargana east west north south rural urban city town central
district districts dist block mandal tehsil tahsil taluk taluka taluq state panchayat gp division zone
circle road lane street chowk station junction river dam hill hills island islands valley forest range rf
beat compartment colliery tea garden estate cantonment cantt cb mc ct np og census part
islands uttar pradesh dakshin purba paschim purvi paschimi
school vidyalaya college university hospital court police thana chowki outpost office department
ministry board council commission committee centre center kendra anganwadi mission abhiyan yojana
scheme programme program project trust foundation society samiti sansthan sangathan ngo company
limited ltd pvt private bank store stores shop mill factory industries agency services service
judge sessions session magistrate registrar secretary commissioner superintendent director
act section case cases crime offence offences rules total others other unknown none all not any and
or of the in for with to by from on at per rate share number percent female male women men girls boys
children child persons population household households area code type category level status date
year month week day age group high low medium yes no true false
rape murder kidnapping abduction abuse assault trafficking labour labor marriage missing rescue raid
survey helpline reported referral injunction persuasion negotiation counselling training campaign
awareness school enrolment door
awas gramin swasthya shiksha vivah kanya ladli laadli beti bachao balika sukanya samriddhi
mukhyamantri pradhanmantri pradhan mantri janani suraksha poshan utthan sahayata vikas jan dhan
";

/// Titles and relations that stand beside a person's name.
pub(super) const HONORIFICS: &str = "
smt shri shrimati shrimti shree sri shreemati srimati km kum mr mrs ms miss master dr md mohd mohmd
mst mosammat musammat late sushri putri putra patni pati daughter wife son husband widow
";
