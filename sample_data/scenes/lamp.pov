// Yellow desk lamp with two thin arms and a thin cable. VIEW 1 light grey studio, 2 desk.
#include "common.inc"
#include "props.inc"
#declare Yellow = Satin(srgb <0.93, 0.66, 0.06>)
#declare Inner = Matte(srgb <0.94, 0.93, 0.90>)
#declare Steel = Metal(srgb <0.75, 0.75, 0.76>, 0.5)
#declare Cord = Satin(srgb <0.10, 0.10, 0.11>)
#declare BulbT = texture { pigment { color srgb <0.97, 0.95, 0.9> } finish { ambient 0 diffuse 0.8 emission 0.25 specular 0.3 roughness 0.01 } }
#declare J0 = <0.12, 0.16, 0>; #declare J1 = <0.62, 1.12, 0>; #declare J2 = <-0.22, 1.88, 0>;
#declare Lamp = union {
  union { RoundCyl(0, 0.1, 0.48, 0.03) M(Yellow) }
  cylinder { <0.12, 0.08, 0>, J0, 0.05 M(Yellow) }
  union { cylinder { J0 - z*0.035, J1 - z*0.035, 0.021 } cylinder { J0 + z*0.035, J1 + z*0.035, 0.021 }
    cylinder { J1 - z*0.035, J2 - z*0.035, 0.021 } cylinder { J1 + z*0.035, J2 + z*0.035, 0.021 } M(Steel) }
  union { cylinder { J0 - z*0.075, J0 + z*0.075, 0.055 } cylinder { J1 - z*0.085, J1 + z*0.085, 0.065 } cylinder { J2 - z*0.075, J2 + z*0.075, 0.05 } M(Cord) }
  union {
    difference {
      union { cone { 0, 0.44, y*0.42, 0.17 } cone { y*0.42, 0.17, y*0.60, 0.12 } sphere { y*0.6, 0.12 } }
      cone { -y*0.01, 0.425, y*0.43, 0.15 M(Inner) }
      M(Yellow)
    }
    torus { 0.432, 0.012 M(Yellow) }
    sphere { y*0.12, 0.15 M(BulbT) }
    translate -y*0.66 rotate z*-34 translate J2
  }
  // the cable: from the back of the base in a curl over the table
  union { Bend(array[8] { <0.4, 0.05, 0.1>, <0.62, 0.022, 0.14>, <0.9, 0.022, 0.0>, <1.02, 0.022, -0.3>, <0.85, 0.022, -0.5>, <0.75, 0.022, -0.3>, <0.95, 0.022, 0.05>, <1.25, 0.022, 0.3> }, 0.02, 110) M(Cord) }
  union { Round_Box_Union(<1.22, 0, 0.24>, <1.48, 0.09, 0.40>, 0.03) M(Cord) }
}
#if (VIEW = 1)
  Studio(-1, 1)
  Sweep(srgb <0.85, 0.855, 0.86>, 7)
  object { Lamp rotate y*10 translate x*-0.25 }
  Cam(<0, 2.6, -9>, <0.08, 1.0, 0>, 22.5)
#end
#if (VIEW = 2)
  Desk()
  object { Lamp rotate y*-8 translate <-0.1, 0, -0.1> }
  Cam(<-0.4, 2.5, -8.8>, <0.15, 1.15, 0>, 37)
#end
